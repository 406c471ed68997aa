#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tests/equivalence/simulated.sh -- every case of tests/wire, unchanged, in the simulator: no sockets.
exec "${srcdir:-.}/tests/wire/run" --simulate --referee "${builddir:-.}/referee" \
	--tools "${builddir:-.}/tests/wire" --jobs 2
