/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/traffic.h -- when calls come. */
#ifndef RF_APP_SIM_TRAFFIC_H
#define RF_APP_SIM_TRAFFIC_H

#include "app/sim/file.h"

struct rf_sim_arrival {
	rf_time at;
	uint32_t traffic;                       /* which of the file's */
};
/* All of a run, by time; the caller frees *out.  The same for every variant of one seed. */
uint32_t rf_sim_arrivals(
    const struct rf_sim_file *, struct chooser *, struct rf_sim_arrival **out);

#endif
