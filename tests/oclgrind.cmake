# The kernels of every family, in both styles, in a simulator that reports accesses outside of buffers and
# data races: the rows of the conformance suite that a minute has room for (oclgrind_test.sh).
set(families
  add add_outer gelu where cat dropout rand randn
  sum_all sum_last sum_first sum_outer prod_first amax_last argmax_axis max_axis
  softmax softmax_first log_softmax cross_entropy cross_entropy_ignore
  max_pool2d max_pool2d_3s2p1 avg_pool2d_3s2p1 batch_norm batch_norm_eval layer_norm
  conv2d conv2d_stride conv2d_dilation conv2d_1x1 conv2d_groups conv2d_depthwise conv2d_5x5
  matmul matmul_batch matmul_broadcast matmul_transposed linear
  gather index_select take scatter scatter_add scatter_reduce_amax
  cumsum cumsum_last cummax logcumsumexp sort sort_descending topk kthvalue median_axis
  searchsorted nonzero masked_select multinomial)
set(cpu_properties ForwardMatchesFloat64OnCpu AwkwardStridesGiveTheSameValues Float32GradientMatchesFloat64)
set(gpu_properties ForwardMatchesFloat64OnCpu Float32GradientMatchesFloat64)
foreach(style cpu gpu)
  set(filter "")
  foreach(property ${${style}_properties})
    foreach(row ${families})
      string(APPEND filter ":Conformance/OpTest.${property}/custom_gpu_${row}")
    endforeach()
  endforeach()
  string(SUBSTRING "${filter}" 1 -1 filter)
  add_test(NAME unit.oclgrind_${style}
           COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/oclgrind_test.sh $<TARGET_FILE:ct_tests> ${style} "${filter}")
  set_tests_properties(unit.oclgrind_${style} PROPERTIES TIMEOUT 1200 LABELS "unit;oclgrind" SKIP_RETURN_CODE 77)
endforeach()
