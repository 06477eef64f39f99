# The Debian package: `cpack -G DEB` in a folder where batchd is built. Beside what `cmake --install` puts anywhere it has
# the component `service`: the unit, its config and its maintainer scripts, which know absolute paths.

set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # what is installed must be built, the tests need not
install(FILES config/batchd.service DESTINATION lib/systemd/system COMPONENT service EXCLUDE_FROM_ALL)
install(FILES config/debian/batchd.yaml DESTINATION /etc/batchd COMPONENT service EXCLUDE_FROM_ALL)
install(DIRECTORY DESTINATION /etc/batchd/keys COMPONENT service EXCLUDE_FROM_ALL
  DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
# Debian's zsh looks here.
install(FILES ${PROJECT_BINARY_DIR}/completions/_batchd DESTINATION share/zsh/vendor-completions
  COMPONENT service EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME batchd)
set(CPACK_PACKAGE_VENDOR "batchd")
set(CPACK_PACKAGE_CONTACT "The batchd maintainers <batchd@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "asks a language model the same question about every row of a file")
set(CPACK_PACKAGE_DESCRIPTION
"batchd sends the rows of a file through a provider's Batch API, at half the price, and
writes the validated answers back in input order. This package runs it as a service
that begins the jobs of a folder on their schedules.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL Unspecified service)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PACKAGE_NAME batchd)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates, tzdata")
find_program(BATCHD_SHLIBDEPS dpkg-shlibdeps)
mark_as_advanced(BATCHD_SHLIBDEPS)
if(BATCHD_SHLIBDEPS)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
else()
  message(STATUS "Without dpkg-shlibdeps (dpkg-dev) a package does not say which libraries it needs")
endif()
set(scripts ${PROJECT_SOURCE_DIR}/config/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${scripts}/conffiles ${scripts}/postinst ${scripts}/prerm ${scripts}/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
