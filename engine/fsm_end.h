/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/fsm_end.h -- the other bracket of fsm_begin.h. */
#undef STATE
#undef EVENT
#undef GUARD
#undef ACTION
#undef ROW
#undef REST
