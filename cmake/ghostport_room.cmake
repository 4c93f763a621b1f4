# ghostport_room(NAME [LINKS target...] [SUBFOLDERS folder...] [BUILTIN argument...])
# Makes the static library ghostport_NAME of every .cpp of the calling folder (and of SUBFOLDERS), without main.cpp.
# BUILTIN: the room also carries data that is compiled into it. compile_NAME.cpp, linked with the room's other
# sources, is run with these arguments, OUT standing for the C++ file to write; the others are files it depends on.
function(ghostport_room name)
  cmake_parse_arguments(PARSE_ARGV 1 room "" "" "LINKS;SUBFOLDERS;BUILTIN")
  set(patterns *.cpp)
  foreach(folder IN LISTS room_SUBFOLDERS)
    list(APPEND patterns ${folder}/*.cpp)
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  list(FILTER sources EXCLUDE REGEX "/(main|compile_[^/]*)\\.cpp$")

  set(library ghostport_${name})
  if(room_BUILTIN)
    ghostport_library(${library}_core "${sources}" "${room_LINKS}")
    add_executable(compile_${name} compile_${name}.cpp)
    target_link_libraries(compile_${name} PRIVATE ${library}_core)

    set(out ${CMAKE_CURRENT_BINARY_DIR}/builtin_${name}.cpp)
    set(inputs ${room_BUILTIN})
    list(REMOVE_ITEM inputs OUT)
    list(TRANSFORM room_BUILTIN REPLACE "^OUT$" ${out})
    add_custom_command(OUTPUT ${out} COMMAND compile_${name} ${room_BUILTIN} DEPENDS ${inputs} compile_${name}
      COMMENT "Compiling the built-in ${name}" VERBATIM)
    # The objects, not the library: the room's own sources may then use the built-in data.
    set(sources ${out} $<TARGET_OBJECTS:${library}_core>)
  endif()
  ghostport_library(${library} "${sources}" "${room_LINKS}")
endfunction()

function(ghostport_library name sources links)
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
  target_link_libraries(${name} PUBLIC ${links})
endfunction()
