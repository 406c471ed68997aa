/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz/fuzz_swarm.c -- the input decides all that is random in a world: what parties do, what is
 * lost, late and wrong, when the process is killed.
 *
 * A byte for each choice of sim/choose.h, in the order they are asked: 0 is usual, 255 as unusual
 * as it gets; behind the end all is usual.  So an empty input is a quiet day, and a shorter one is
 * simpler.
 *
 * Promise: no invariant of sim/checkers.h breaks, and the world comes to rest. */
#include "fuzz/fuzz.h"
#include "sim/swarm.h"

/* Of the calls of a world, these three; `referee sim shrink --tape` does the same. */
#define CALLS_WITHOUT (~UINT64_C(7))

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct swarm_result result;
	swarm_run(
	    &(struct swarm_options){
		.seed = 1,
		.calls_without = CALLS_WITHOUT,
		.by = CHOOSE_BY_TAPE,
		.tape = data,
		.tape_len = size },
	    &result);
	if (!result.passed)
		fprintf(stderr, "invariant %u at %.3f s: %s\n", result.invariant,
		    (double)result.at / 1e6, result.text);
	fuzz_promise(result.passed, "every invariant holds, and all comes to rest");
	return 0;
}
