# Flags of every target: warnings, instruction set, hardening or sanitizers.

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The presets, and other checkouts, compile the same sources in different folders; they share results where neither
  # the folder itself nor absolute paths into it count.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
    CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})  # as ccache wants it for precompiled headers
endif()

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug or Release" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g -D_GLIBCXX_ASSERTIONS")

# The static libraries also go into the plugins of other hosts, which are shared objects; hidden visibility
# keeps calls inside a library direct in spite of that.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)

add_compile_options(-Wall -Wextra -Wconversion)
if(GHOSTPORT_WERROR)
  add_compile_options(-Werror)
endif()

set(native ${GHOSTPORT_NATIVE})
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  if(NOT native AND NOT CMAKE_CROSSCOMPILING AND EXISTS /proc/cpuinfo)
    file(STRINGS /proc/cpuinfo avx2 LIMIT_COUNT 1 REGEX "^flags.* avx2( |$)")
    if(NOT avx2)
      message(WARNING "This CPU has no AVX2, which x86-64-v3 asks for: building for this CPU instead")
      set(native ON)
    endif()
  endif()
  if(NOT native)
    add_compile_options(-march=x86-64-v3)
  endif()
endif()
if(native)
  add_compile_options(-march=native)
endif()

if(GHOSTPORT_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "GHOSTPORT_FUZZ needs clang: cmake --preset fuzz")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()

if(GHOSTPORT_SANITIZE)
  # -g1 is enough for the lines of a report, and compiles in three quarters of the time.
  add_compile_options(-fsanitize=${GHOSTPORT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${GHOSTPORT_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # GCC's manual: with sanitizers this warning has false positives. The other builds keep it.
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
elseif(CMAKE_BUILD_TYPE STREQUAL Release)
  # What dpkg-buildflags sets with hardening=+all.
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong
    -Wformat -Werror=format-security)
  add_link_options(-Wl,-z,relro,-z,now)
endif()
add_link_options(-Wl,--as-needed)
