#!/usr/bin/env bash
# ct-train from the outside: exit codes, messages, streams, Ctrl-C and resume.
# Usage: ct_train_test.sh PATH/TO/ct-train
set -u
ct_train=$(realpath "$1")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
cd "$root" || exit 1
export OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive
failures=0

check() {  # check NAME CONDITION…
  local name=$1
  shift
  if "$@"; then
    echo "ok    $name"
  else
    echo "FAIL  $name"
    sed 's/^/      stdout: /' out.txt
    sed 's/^/      stderr: /' err.txt
    failures=$((failures + 1))
  fi
}

run() {  # run ARGS…: sets $code, writes out.txt and err.txt
  "$ct_train" "$@" >out.txt 2>err.txt
  code=$?
}

# One clear line of error, the exit code, and a word that must be in the line.
expect_error() {  # expect_error NAME CODE WORD ARGS…
  local name=$1 want=$2 word=$3
  shift 3
  run "$@"
  check "$name: exit code $want" test "$code" -eq "$want"
  check "$name: says \"$word\"" grep -qF -- "$word" err.txt
  check "$name: one line" test "$(wc -l <err.txt)" -eq 1
  check "$name: nothing on standard output" test ! -s out.txt
}

# --- A data set of IDX files: 4x6 pictures of two classes, one dark and one bright ---------------
write_split() {  # write_split PREFIX COUNT
  {
    printf '\000\000\010\003\000\000\000'
    printf "\\$(printf %03o "$2")"
    printf '\000\000\000\004\000\000\000\006'
    for ((i = 0; i < $2; ++i)); do
      for ((p = 0; p < 24; ++p)); do
        printf "\\$(printf %03o $((i % 2 * 150 + (i * 31 + p * 17) % 100)))"
      done
    done
  } >"$1-images-idx3-ubyte"
  {
    printf '\000\000\010\001\000\000\000'
    printf "\\$(printf %03o "$2")"
    for ((i = 0; i < $2; ++i)); do printf "\\$(printf %03o $((i % 2)))"; done
  } >"$1-labels-idx1-ubyte"
}
mkdir data
write_split data/train 60
write_split data/t10k 20
small=(--data data --model mlp --batch-size 8 --log-steps 3)

# --- Bad usage: 2 ---------------------------------------------------------------------------------
expect_error "no command" 2 "--help"
expect_error "unknown flag" 2 "--colour" classify "${small[@]}" --out x --colour
expect_error "not a number" 2 "--epochs" classify "${small[@]}" --out x --epochs three
expect_error "out of range" 2 "--epochs is 0" classify "${small[@]}" --out x --epochs 0
expect_error "unknown model" 2 "mlp, cnn, resnet18" classify --data data --model vgg --out x
expect_error "unknown optimizer" 2 "asgd, lamb, lion, nadam, radam, rmsprop, rprop or sgd" \
  classify "${small[@]}" --out x --optimizer lbfgs
expect_error "unknown schedule" 2 "one_cycle, polynomial, step or warmup_cosine" \
  classify "${small[@]}" --out x --schedule plateau
expect_error "unknown device" 2 "abacus" classify "${small[@]}" --device abacus --out x
expect_error "unknown data" 2 "fashion-mnist" classify --data mnits --out x
expect_error "no data" 2 "--data" classify --out x
expect_error "no out" 2 "--out" classify "${small[@]}"
# Numbers that do not fit: flag, value and range, for every flag.
huge=99999999999999999999
while read -r flag range; do
  expect_error "$flag too large" 2 "classify: $flag is $huge: must be a whole number from $range" \
    classify "${small[@]}" --out x "$flag" $huge
done <<'END'
--epochs 1 to 1000000000
--seed 0 to 18446744073709551615
--limit 0 to 9223372036854775807
--workers 0 to 64
--max-pixels 1 to 1073741824
--max-idx-bytes 1 to 9223372036854775807
--threads 1 to 65536
--checkpoint-steps 1 to 9223372036854775807
--keep 1 to 1000
END
expect_error "--batch-size too large" 2 \
  "classify: --batch-size is 4294967360: must be a whole number from 1 to 2147483647" \
  classify --data data --out x --batch-size 4294967360
expect_error "--log-steps negative" 2 \
  "classify: --log-steps is -3: must be a whole number from 1 to 9223372036854775807" \
  classify --data data --out x --log-steps -3
expect_error "--lr too large" 2 "classify: --lr is 1e999: must be a number above 0" \
  classify "${small[@]}" --out x --lr 1e999
expect_error "--weight-decay too small" 2 \
  "classify: --weight-decay is 1e-999: must be a number of 0 or more" \
  classify "${small[@]}" --out x --weight-decay 1e-999
expect_error "--threads zero" 2 "classify: --threads is 0: must be a whole number from 1 to 65536" \
  classify "${small[@]}" --out x --threads 0
expect_error "--top too large" 2 "predict: --top is $huge: must be a whole number from 1 to 2147483647" \
  predict --model x y.png --top $huge
expect_error "predict --max-pixels" 2 \
  "predict: --max-pixels is 0: must be a whole number from 1 to 1073741824" \
  predict --model x y.png --max-pixels 0
expect_error "summary --batch-size" 2 \
  "summary: --batch-size is 4294967296: must be a whole number from 1 to 2147483647" \
  summary --data data --batch-size 4294967296
check "bad usage leaves no folder" test ! -e x

# --- Failures: 1 ----------------------------------------------------------------------------------
mkdir empty
expect_error "files missing" 1 "train-images-idx3-ubyte" classify --data empty --out x
CT_DATA_DIR=$root expect_error "package missing" 1 "dataset-fashion-mnist" \
  classify --data fashion-mnist --out x
cp -r data damaged
head -c 100 data/train-images-idx3-ubyte >damaged/train-images-idx3-ubyte
expect_error "damaged file" 1 "train-images-idx3-ubyte" classify --data damaged --out x
expect_error "nothing to resume" 1 "nothing to resume" classify --out x --resume
touch file
expect_error "out is a file" 1 "--out" classify "${small[@]}" --out file
expect_error "not a run" 1 "config.json" predict --model empty picture.png

# --- Optimizers and schedules by name ---------------------------------------------------------------
while read -r optimizer schedule; do
  run classify "${small[@]}" --epochs 1 --out "by-$optimizer" --optimizer "$optimizer" --schedule "$schedule"
  check "$optimizer and $schedule: exit code 0" test "$code" -eq 0
  check "$optimizer and $schedule: in the run's config" \
    grep -q "\"optimizer\": *\"$optimizer\"" "by-$optimizer/config.json"
done <<'END'
adafactor warmup_cosine
lion one_cycle
rprop multi_step
END

# --- A run ----------------------------------------------------------------------------------------
run classify "${small[@]}" --epochs 3 --out whole
check "a run: exit code 0" test "$code" -eq 0
check "a run: one line of standard output" test "$(wc -l <out.txt)" -eq 1
check "a run: that line is the figures" grep -q '^{"test_accuracy":.*"steps":24.*}$' out.txt
check "a run: a line an epoch" test "$(grep -c '^epoch [123]/3 ' err.txt)" -eq 3
check "a run: no terminal control" bash -c '! grep -q "$(printf "[\r\033]")" err.txt'
for file in metrics.jsonl checkpoint.safetensors checkpoint.1.safetensors model.safetensors config.json report.html \
  predictions.png confusion.png; do
  check "a run: leaves $file" test -s "whole/$file"
done
expect_error "the folder is taken" 1 "--overwrite" classify "${small[@]}" --out whole
expect_error "other settings" 2 "--lr: 0.5 now, 0.001 in the checkpoint" \
  classify --out whole --resume --lr 0.5
run classify "${small[@]}" --epochs 3 --out whole2 --quiet
check "quiet: nothing on standard error" test ! -s err.txt
check "the same twice" cmp whole/model.safetensors whole2/model.safetensors

run classify "${small[@]}" --epochs 1 --out profiled --quiet --profile
check "profile: exit code 0" test "$code" -eq 0
check "profile: counts steps" grep -qE '^profile: .* 8 steps of ' err.txt
check "profile: a row for a family" grep -qE '^cpu +matmul +[0-9]+ ' err.txt
check "profile: one line of standard output" test "$(wc -l <out.txt)" -eq 1
check "profile: leaves trace.json" grep -q '"traceEvents"' profiled/trace.json

# --- Predictions ----------------------------------------------------------------------------------
run predict --model whole whole/predictions.png --top 1
check "predict: names the picture and a class" \
  grep -qE '^whole/predictions.png: [01] [0-9.]+%$' out.txt
expect_error "not a picture" 1 "whole/config.json" predict --model whole whole/config.json

expect_error "a picture of too many pixels" 1 "the picture has too many pixels" \
  predict --model whole whole/predictions.png --max-pixels 10
expect_error "an IDX file of too many bytes" 1 "max_bytes is 100" \
  classify "${small[@]}" --out x --max-idx-bytes 100

# --- A damaged checkpoint -------------------------------------------------------------------------
cp -r whole hurt
printf 'x' | dd of=hurt/checkpoint.safetensors bs=1 seek=5000 conv=notrunc status=none
touch "hurt/model.safetensors.tmp-$(bash -c 'echo $$')-0"  # of a process that is no more
run classify --out hurt --resume
check "damaged checkpoint: exit code 0" test "$code" -eq 0
check "damaged checkpoint: a warning" \
  grep -qE '^ct-train: warning: .*going on from hurt/checkpoint.1.safetensors.*step 16$' err.txt
check "damaged checkpoint: the same weights" cmp whole/model.safetensors hurt/model.safetensors
check "damaged checkpoint: nothing is left of killed runs" bash -c '! ls hurt | grep -q tmp-'
run classify --out whole2 --resume --keep 1 --epochs 4 --quiet
check "keep 1: one checkpoint" test ! -e whole2/checkpoint.1.safetensors
check "keep 1: nothing on standard error" test ! -s err.txt

# --- Ctrl-C ---------------------------------------------------------------------------------------
"$ct_train" classify "${small[@]}" --epochs 100000 --out long >out.txt 2>err.txt &
pid=$!
for ((i = 0; i < 600; ++i)); do
  [ -s long/metrics.jsonl ] && break
  sleep 0.05
done
kill -INT "$pid"
wait "$pid"
code=$?
check "Ctrl-C: exit code 130" test "$code" -eq 130
check "Ctrl-C: says how to go on" grep -q -- '--out long --resume' err.txt
check "Ctrl-C: leaves a checkpoint" test -s long/checkpoint.safetensors
check "Ctrl-C: no final figures" test ! -s out.txt

# --- Summary --------------------------------------------------------------------------------------
run summary --model cnn --data data --batch-size 2
check "summary: exit code 0" test "$code" -eq 0
check "summary: says what of what" grep -qx 'cnn on a batch of 2 pictures of 1x4x6' out.txt
check "summary: a layer" grep -qE '^conv1 \(Conv2d\) +\(2, 32, 4, 6\) +320 +13\.8 K( |$)' out.txt
check "summary: the sum" grep -qE '^total +27,394 ' out.txt
check "summary: at most 80 columns" test "$(awk '{ if (length > n) n = length } END { print n }' out.txt)" -le 80
run summary --model mlp --data data --json
check "summary as JSON: one line" test "$(wc -l <out.txt)" -eq 1
check "summary as JSON: the figures" grep -q '"parameters":144642,.*"multiply_adds":9207808,' out.txt
expect_error "summary of no model" 2 "mlp, cnn, resnet18" summary --data data --model vgg
expect_error "summary of no data" 2 "--data" summary --model cnn
expect_error "summary of unknown data" 2 "fashion-mnist" summary --data mnits
expect_error "summary of no files" 1 "train-images-idx3-ubyte" summary --data empty

# --- Devices --------------------------------------------------------------------------------------
run devices
check "devices: exit code 0" test "$code" -eq 0
check "devices: has a head" grep -q '^name .*description .*memory' out.txt
check "devices: lists cpu" grep -q '^cpu ' out.txt
run classify --help
check "help: exit code 0" test "$code" -eq 0
check "help: on standard output" grep -q -- '--resume' out.txt

if [ "$failures" -gt 0 ]; then
  echo "$failures failed"
  exit 1
fi
echo "all passed"
