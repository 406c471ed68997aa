/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/fsm_begin.h -- every kind of line a .def may hold, empty unless the includer wants it.
 * No include guard: it is included once per expansion. */
#ifndef STATE
#define STATE(...)
#endif
#ifndef EVENT
#define EVENT(...)
#endif
#ifndef GUARD
#define GUARD(...)
#endif
#ifndef ACTION
#define ACTION(...)
#endif
#ifndef ROW
#define ROW(...)
#endif
#ifndef REST
#define REST(...)
#endif
