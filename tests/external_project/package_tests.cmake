# The library as others use it: installed (shared and static), found by CMake and by pkg-config, and
# taken in as a subdirectory. Each way trains the tiny model of main.cpp.
find_program(CT_PKG_CONFIG pkg-config REQUIRED)
set(CT_EXTERNAL ${CMAKE_CURRENT_LIST_DIR})
set(CT_PACKAGE_DIR ${CMAKE_CURRENT_BINARY_DIR}/package)
# Headers that are gone must not stay installed; a header added or removed brings us here.
file(REMOVE_RECURSE ${CT_PACKAGE_DIR}/shared/root ${CT_PACKAGE_DIR}/static/root)
# Same compiler, flags and cache as this build: what was compiled once is not compiled again.
set(CT_SAME_TOOLS -DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE} -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}
    -DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER} -DCMAKE_CXX_FLAGS=${CMAKE_CXX_FLAGS}
    -DCT_OPENMP=${CT_OPENMP} -DCT_WERROR=${CT_WERROR})
# As the release preset builds: this build compiles file by file.
set(CT_AS_RELEASED -DCT_UNITY=ON)

# ct_test_installed(<kind>): tests on ${CT_PACKAGE_DIR}/<kind>/root, which package.<kind>.install made.
function(ct_test_installed kind)
  set(dir ${CT_PACKAGE_DIR}/${kind})
  add_test(NAME package.${kind}.find_package
           COMMAND ${CMAKE_CTEST_COMMAND}
           --build-and-test ${CT_EXTERNAL} ${dir}/find_package
           --build-noclean --build-generator ${CMAKE_GENERATOR}
           --build-options ${CT_SAME_TOOLS} -DCMAKE_PREFIX_PATH=${dir}/root
           --test-command train_tiny)
  add_test(NAME package.${kind}.pkg_config
           COMMAND ${CT_EXTERNAL}/with_pkg_config.sh ${kind} ${dir}/root
                   ${dir}/train_tiny_pkg_config ${CMAKE_CXX_COMPILER})
  # Nothing in the package may name the folders it was built in.
  add_test(NAME package.${kind}.relocatable
           COMMAND sh -c "! grep -rlF -e '${PROJECT_SOURCE_DIR}/' -e '${PROJECT_BINARY_DIR}/' \
${dir}/root --include=*.cmake --include=*.pc --include=*.hpp")
  set_tests_properties(package.${kind}.install PROPERTIES FIXTURES_SETUP package_${kind})
  set_tests_properties(package.${kind}.find_package package.${kind}.pkg_config
                       package.${kind}.relocatable PROPERTIES FIXTURES_REQUIRED package_${kind})
endfunction()

if(BUILD_SHARED_LIBS AND CT_INSTALL)
  add_test(NAME package.shared.install
           COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR}
                   --prefix ${CT_PACKAGE_DIR}/shared/root)
  ct_test_installed(shared)

  add_test(NAME package.static.install
           COMMAND ${CMAKE_CTEST_COMMAND}
           --build-and-test ${PROJECT_SOURCE_DIR} ${CT_PACKAGE_DIR}/static/build
           --build-noclean --build-generator ${CMAKE_GENERATOR} --build-target install
           --build-options ${CT_SAME_TOOLS} ${CT_AS_RELEASED} -DBUILD_SHARED_LIBS=OFF -DCT_BUILD_TESTS=OFF
                           -DCT_BUILD_APPS=OFF -DCMAKE_INSTALL_PREFIX=${CT_PACKAGE_DIR}/static/root)
  ct_test_installed(static)

  add_test(NAME package.subdirectory
           COMMAND ${CMAKE_CTEST_COMMAND}
           --build-and-test ${CT_EXTERNAL}/subdirectory ${CT_PACKAGE_DIR}/subdirectory
           --build-noclean --build-generator ${CMAKE_GENERATOR}
           --build-options ${CT_SAME_TOOLS} ${CT_AS_RELEASED} -DCUSTOMTENSOR_SOURCE=${PROJECT_SOURCE_DIR}
           --test-command train_tiny)
  # The same objects as the static build: compiled there, taken from the cache here.
  set_tests_properties(package.subdirectory PROPERTIES DEPENDS package.static.install)
endif()
