# Third-party packages, all of them Debian 12's own. A room names the targets it links; the `layers` test
# checks that no other room includes their headers.

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Boost 1.81 REQUIRED)  # header-only parts: Asio, Beast; Boost.URL is the one built library
find_package(SQLite3 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(simdjson REQUIRED)
find_package(ZLIB REQUIRED)
find_package(date REQUIRED)  # time zones; reads the system's, /usr/share/zoneinfo

find_package(PkgConfig REQUIRED)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)

# Asio for everyone who may use it: its core only, compiled where it is used, no deprecated names.
add_library(batchd_asio INTERFACE)
target_link_libraries(batchd_asio INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(batchd_asio INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)
if(BATCHD_SANITIZE MATCHES "thread")
  # GCC's thread sanitizer does not know fences and refuses to compile them.
  target_compile_definitions(batchd_asio INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
