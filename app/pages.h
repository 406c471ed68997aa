/* SPDX-License-Identifier: BSD-2-Clause */
/* app/pages.h -- large memory that fills slowly: zeroed, and taken from the system page by page as
 * it is touched. */
#ifndef RF_APP_PAGES_H
#define RF_APP_PAGES_H

#include <stddef.h>

/* NULL: the system has no such address space. */
void *rf_pages_map(size_t bytes);
void rf_pages_unmap(void *pages, size_t bytes); /* NULL is fine */

#endif
