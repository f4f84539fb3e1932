# What `cmake --install` writes: headers, library, CMake package, pkg-config file. All of it can be
# moved to another prefix afterwards.
include(CMakePackageConfigHelpers)

set(CT_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/CustomTensor)

install(TARGETS customtensor EXPORT CustomTensorTargets)
if(CT_WITH_OPENCL)
  install(TARGETS ct_opencl_self_test RUNTIME DESTINATION ${CMAKE_INSTALL_LIBDIR}/customtensor)
endif()
install(DIRECTORY include/customtensor TYPE INCLUDE)
install(FILES LICENSE TYPE DOC)
install(EXPORT CustomTensorTargets NAMESPACE CustomTensor:: DESTINATION ${CT_CMAKE_DIR})

configure_package_config_file(
  cmake/CustomTensorConfig.cmake.in ${PROJECT_BINARY_DIR}/CustomTensorConfig.cmake
  INSTALL_DESTINATION ${CT_CMAKE_DIR} NO_SET_AND_CHECK_MACRO)
# 0.x: a new minor version may break users.
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/CustomTensorConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/CustomTensorConfig.cmake
              ${PROJECT_BINARY_DIR}/CustomTensorConfigVersion.cmake
        DESTINATION ${CT_CMAKE_DIR})

# pkg-config wants the Requires.private packages present even for a shared library, so they are named
# only where they are needed.
set(CT_PC_REQUIRES_PRIVATE "")
set(CT_PC_LIBS_PRIVATE "")
if(NOT BUILD_SHARED_LIBS)
  set(CT_PC_REQUIRES_PRIVATE "fmt libhwy zlib")
  set(CT_PC_LIBS_PRIVATE "-lstdc++ -lm -pthread -ldl")
  if(CT_OPENMP)
    string(APPEND CT_PC_LIBS_PRIVATE " ${OpenMP_CXX_FLAGS}")
  endif()
  if(CT_WITH_OPENCL)
    string(APPEND CT_PC_LIBS_PRIVATE " -lOpenCL")
  endif()
  if(CT_WITH_CLBLAST)
    string(APPEND CT_PC_LIBS_PRIVATE " -lclblast")
  endif()
endif()
set(CT_PC_DIR ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH CT_PC_TO_PREFIX ${CMAKE_INSTALL_PREFIX}/${CT_PC_DIR} ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" CT_PC_TO_PREFIX "${CT_PC_TO_PREFIX}")
configure_file(cmake/customtensor.pc.in ${PROJECT_BINARY_DIR}/customtensor.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/customtensor.pc DESTINATION ${CT_PC_DIR})
