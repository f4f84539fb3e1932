# Turns the files under kernels/ into one C++ file that holds their text, so that the library needs no files at
# run time. As a script (cmake -P) it writes that file; included, it offers ct_embed_kernels().
if(CMAKE_SCRIPT_MODE_FILE)
  set(text "// Made from kernels/ by cmake/EmbedKernels.cmake.\n")
  string(APPEND text "#include \"backend_opencl/source/kernel_source.hpp\"\n\n")
  string(APPEND text "namespace ct::opencl {\n\nconst KernelSource kKernelSources[] = {\n")
  foreach(file IN LISTS KERNELS)
    file(RELATIVE_PATH name ${ROOT} ${file})
    string(REGEX REPLACE "\\.cl$" "" name ${name})
    file(READ ${file} body)
    string(APPEND text "{\"${name}\", R\"ct_kernel(${body})ct_kernel\"},\n")
  endforeach()
  list(LENGTH KERNELS count)
  string(APPEND text "};\nconst int kKernelSourceCount = ${count};\n\n}  // namespace ct::opencl\n")
  file(WRITE ${OUTPUT} "${text}")
  return()
endif()

set(CT_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
# ct_embed_kernels(<variable>): <variable> becomes the generated file, remade when a kernel changes.
function(ct_embed_kernels variable)
  set(output ${PROJECT_BINARY_DIR}/kernel_sources.cpp)
  file(GLOB_RECURSE kernels CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/kernels/*.cl)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR}/kernels "-DKERNELS=${kernels}"
            -DOUTPUT=${output} -P ${CT_EMBED_SCRIPT}
    DEPENDS ${kernels} ${CT_EMBED_SCRIPT} COMMENT "Embedding kernels" VERBATIM)
  set(${variable} ${output} PARENT_SCOPE)
endfunction()
