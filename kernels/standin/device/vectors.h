// Vector types, aligned as on a card: the host build checks every access.
#pragma once
#include <cstdint>

#define STANDIN_VECTORS(type, name, bytes)         \
  struct name##1 { type x; };                      \
  struct alignas(2 * bytes) name##2 { type x, y; }; \
  struct name##3 { type x, y, z; };                \
  struct alignas(4 * bytes < 16 ? 4 * bytes : 16) name##4 { type x, y, z, w; }; \
  inline name##2 make_##name##2(type x, type y) { return {x, y}; }              \
  inline name##3 make_##name##3(type x, type y, type z) { return {x, y, z}; }   \
  inline name##4 make_##name##4(type x, type y, type z, type w) { return {x, y, z, w}; }

STANDIN_VECTORS(int8_t, char, 1)
STANDIN_VECTORS(uint8_t, uchar, 1)
STANDIN_VECTORS(int, int, 4)
STANDIN_VECTORS(unsigned, uint, 4)
STANDIN_VECTORS(float, float, 4)
STANDIN_VECTORS(double, double, 8)

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};
