# Checks of the project itself, as tests with the label "check".
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(CT_SCRIPTS ${PROJECT_SOURCE_DIR}/scripts)

add_test(NAME check.layers
         COMMAND Python3::Interpreter ${CT_SCRIPTS}/check_layers.py ${PROJECT_SOURCE_DIR})
add_test(NAME check.readme
         COMMAND Python3::Interpreter ${CT_SCRIPTS}/check_readme.py ${PROJECT_SOURCE_DIR})
add_test(NAME check.messages
         COMMAND Python3::Interpreter ${CT_SCRIPTS}/check_messages.py ${PROJECT_SOURCE_DIR})
# docs/ops.md is what the rows of the conformance suite say, and every public op has a row.
add_test(NAME check.ops COMMAND Python3::Interpreter -B ${CT_SCRIPTS}/ops_table.py
         --root ${PROJECT_SOURCE_DIR} $<TARGET_FILE:ct_ops_table>)
add_test(NAME check.nn COMMAND Python3::Interpreter -B ${CT_SCRIPTS}/nn_table.py --root ${PROJECT_SOURCE_DIR})
add_test(NAME check.format COMMAND ${CT_SCRIPTS}/format.sh --check)
add_test(NAME check.scripts
         COMMAND Python3::Interpreter -B -m unittest discover -s ${CMAKE_CURRENT_SOURCE_DIR}/scripts
                 -p *_test.py)
add_test(NAME check.bench_scripts
         COMMAND Python3::Interpreter -B -m unittest discover -s ${CMAKE_CURRENT_SOURCE_DIR}/bench
                 -p *_test.py)
if(BUILD_SHARED_LIBS)
  add_test(NAME check.symbols COMMAND Python3::Interpreter ${CT_SCRIPTS}/check_symbols.py
           --nm ${CMAKE_NM} $<TARGET_FILE:customtensor>)
endif()

# Every public header compiles alone, and twice in one file; and all together behind the macros of Qt,
# X11 and Windows. A target of its own, so that a faulty header is one failed test and not the end of the
# build.
set(CT_HEADER_SOURCES "")
set(standard_includes "")
set(public_includes "")
file(GLOB_RECURSE CT_HEADERS CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/include
     ${PROJECT_SOURCE_DIR}/include/*.hpp)
foreach(header IN LISTS CT_HEADERS)
  string(REPLACE "/" "_" name ${header})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/headers/${name}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "#include \"@header@\"\n#include \"@header@\"\n" @ONLY)
  list(APPEND CT_HEADER_SOURCES ${source})
  file(STRINGS ${PROJECT_SOURCE_DIR}/include/${header} lines REGEX "^#include <[a-z_]+>")
  list(APPEND standard_includes ${lines})
  string(APPEND public_includes "#include \"${header}\"\n")
endforeach()
list(REMOVE_DUPLICATES standard_includes)
list(JOIN standard_includes "\n" standard_includes)
set(source ${CMAKE_CURRENT_BINARY_DIR}/headers/behind_macros.cpp)
file(CONFIGURE OUTPUT ${source} @ONLY
     CONTENT "@standard_includes@\n#include \"@CMAKE_CURRENT_SOURCE_DIR@/support/foreign_macros.hpp\"\n@public_includes@")
list(APPEND CT_HEADER_SOURCES ${source})
add_library(ct_headers OBJECT EXCLUDE_FROM_ALL ${CT_HEADER_SOURCES})
target_include_directories(ct_headers PRIVATE ${PROJECT_SOURCE_DIR}/include)
target_compile_options(ct_headers PRIVATE -O0 -Wall -Wextra -Wpedantic -Wconversion -Werror)
add_test(NAME check.headers
         COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target ct_headers --parallel 2)

include(external_project/package_tests.cmake)

get_directory_property(checks TESTS)
list(FILTER checks INCLUDE REGEX "^(check|package)\\.")
set_property(TEST ${checks} APPEND PROPERTY LABELS check)
set_property(TEST ${checks} PROPERTY TIMEOUT 1500)
