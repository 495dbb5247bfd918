// What the lanes of a warp do together. Lanes that meet at different lines, or
// with different masks, have diverged: a fault.
#pragma once
#include <cstring>
#include <type_traits>
#include "runtime.h"

namespace standin {

inline unsigned lane() { return self->number % 32; }

// A value of up to 8 bytes from another lane.
template <class T>
T from_lane(unsigned mask, T v, unsigned source, int line) {
  static_assert(sizeof v <= 8 && std::is_trivially_copyable_v<T>);
  uint64_t bits = 0;
  memcpy(&bits, &v, sizeof v);
  bits = collective(Collective::shuffle, mask, bits, source, line);
  memcpy(&v, &bits, sizeof v);
  return v;
}

}  // namespace standin

inline void __syncwarp(unsigned mask = ~0u, int line = __builtin_LINE()) {
  standin::collective(standin::Collective::shuffle, mask, 0, standin::own_lane, line);
}
inline unsigned __activemask() { return standin::block->warps[standin::self->number / 32].alive; }
template <class T>
T __shfl_sync(unsigned mask, T v, int source, int width = 32, int line = __builtin_LINE()) {
  return standin::from_lane(mask, v, (standin::lane() & (unsigned)-width) | (unsigned)(source & (width - 1)), line);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T v, int other, int width = 32, int line = __builtin_LINE()) {
  unsigned end = (standin::lane() & (unsigned)-width) + (unsigned)width, source = standin::lane() ^ (unsigned)other;
  return standin::from_lane(mask, v, source < end ? source : standin::own_lane, line);
}
template <class T>
T __shfl_down_sync(unsigned mask, T v, unsigned by, int width = 32, int line = __builtin_LINE()) {
  unsigned end = (standin::lane() & (unsigned)-width) + (unsigned)width, source = standin::lane() + by;
  return standin::from_lane(mask, v, source < end ? source : standin::own_lane, line);
}
template <class T>
T __shfl_up_sync(unsigned mask, T v, unsigned by, int width = 32, int line = __builtin_LINE()) {
  bool inside = (standin::lane() & (unsigned)(width - 1)) >= by;
  return standin::from_lane(mask, v, inside ? standin::lane() - by : standin::own_lane, line);
}
inline unsigned __ballot_sync(unsigned mask, int p, int line = __builtin_LINE()) {
  return (unsigned)standin::collective(standin::Collective::ballot, mask, p != 0, 0, line);
}
inline int __any_sync(unsigned mask, int p, int line = __builtin_LINE()) { return __ballot_sync(mask, p, line) != 0; }
inline int __all_sync(unsigned mask, int p, int line = __builtin_LINE()) { return __ballot_sync(mask, !p, line) == 0; }
inline unsigned __reduce_add_sync(unsigned mask, unsigned v, int line = __builtin_LINE()) {
  return (unsigned)standin::collective(standin::Collective::add, mask, v, 0, line);
}
inline unsigned __reduce_min_sync(unsigned mask, unsigned v, int line = __builtin_LINE()) {
  return (unsigned)standin::collective(standin::Collective::minimum, mask, v, 0, line);
}
inline unsigned __reduce_max_sync(unsigned mask, unsigned v, int line = __builtin_LINE()) {
  return (unsigned)standin::collective(standin::Collective::maximum, mask, v, 0, line);
}
