/* SPDX-License-Identifier: BSD-2-Clause */
/* app/pages.c -- see its header. */
#include "app/pages.h"

#include <sys/mman.h>

void *
rf_pages_map(size_t bytes)
{
	void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (pages == MAP_FAILED)
		return NULL;
	/* A session touches a few KiB here and there: with pages of 4 KiB every one of them begins
	 * with faults.  A system without huge pages says no, and that is fine. */
	(void)madvise(pages, bytes, MADV_HUGEPAGE);
	return pages;
}

void
rf_pages_unmap(void *pages, size_t bytes)
{
	if (pages != NULL)
		munmap(pages, bytes);
}
