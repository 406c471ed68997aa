/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/crash/vfs.c -- see its header. */
#include "tests/crash/vfs.h"

#include <assert.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECTOR = 512, FILES_MAX = 16, NAME_MAX_LEN = 256 };

/* What programs see of a file, by its name. */
struct image {
	char name[NAME_MAX_LEN];
	uint32_t handles;                       /* 0: the slot is free */
	uint8_t *bytes;
	bool *dirty;                            /* by sector: not synced */
	size_t len, synced_len, max;
};

struct file {
	sqlite3_file base;
	struct image *image;
	sqlite3_file *below;                    /* behind this struct */
};

/* The disk.  A test's VFS is called back with nothing but its name, so there is one. */
static struct {
	pthread_mutex_t lock;
	sqlite3_vfs vfs, *below;
	struct image image[FILES_MAX];
	uint64_t random, operations, fails_at;
	bool off;
	enum crash_fault fault;
	uint32_t sync_ms;
} disk = { .lock = PTHREAD_MUTEX_INITIALIZER };

static uint64_t
draw(uint64_t bound)
{
	/* splitmix64 */
	uint64_t z = disk.random += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) % bound;
}

/* ---- images --------------------------------------------------------------------------------- */

static void
grow(struct image *m, size_t len)
{
	size_t max = m->max == 0 ? 64 * SECTOR : m->max;
	while (max < len)
		max *= 2;
	if (max == m->max)
		return;
	m->bytes = realloc(m->bytes, max);
	m->dirty = realloc(m->dirty, max / SECTOR * sizeof *m->dirty);
	assert(m->bytes != NULL);
	assert(m->dirty != NULL);
	memset(m->bytes + m->max, 0, max - m->max);
	memset(m->dirty + m->max / SECTOR, 0, (max - m->max) / SECTOR * sizeof *m->dirty);
	m->max = max;
}

static struct image *
image_open(const char *name, sqlite3_file *below)
{
	struct image *unused = NULL;
	for (uint32_t i = 0; i < FILES_MAX; i++) {
		struct image *m = &disk.image[i];
		if (m->handles > 0 && strcmp(m->name, name) == 0) {
			m->handles++;
			return m;
		}
		if (m->handles == 0)
			unused = m;
	}
	assert(unused != NULL);
	sqlite3_int64 len = 0;
	below->pMethods->xFileSize(below, &len);
	*unused = (struct image){ .handles = 1, .len = (size_t)len, .synced_len = (size_t)len };
	strncpy(unused->name, name, NAME_MAX_LEN - 1);
	grow(unused, unused->len + 1);
	if (len > 0)
		below->pMethods->xRead(below, unused->bytes, (int)len, 0);
	return unused;
}

static void
image_close(struct image *m)
{
	if (--m->handles > 0)
		return;
	free(m->bytes);
	free(m->dirty);
	*m = (struct image){ 0 };
}

static void
write_below(sqlite3_file *below, const uint8_t *bytes, size_t at, size_t len)
{
	if (len > 0)
		below->pMethods->xWrite(below, bytes, (int)len, (sqlite3_int64)at);
}

static void
sync_image(struct image *m, sqlite3_file *below)
{
	for (size_t at = 0; at < m->len; at += SECTOR) {
		if (m->dirty[at / SECTOR])
			write_below(below, m->bytes + at, at,
			    m->len - at < SECTOR ? m->len - at : SECTOR);
	}
	if (m->len < m->synced_len)
		below->pMethods->xTruncate(below, (sqlite3_int64)m->len);
	memset(m->dirty, 0, m->max / SECTOR * sizeof *m->dirty);
	m->synced_len = m->len;
}

/* ---- power ---------------------------------------------------------------------------------- */

static void
lose(struct image *m, sqlite3_file *below)
{
	size_t shorter = m->len < m->synced_len ? m->len : m->synced_len;
	size_t longer = m->len < m->synced_len ? m->synced_len : m->len;
	size_t len = shorter + (size_t)draw(longer - shorter + 1);
	switch (draw(3)) {
	case 0:
		len = m->len;
		break;
	case 1:
		len = m->synced_len;
		break;
	}
	for (size_t at = 0; at < len && at < m->len; at += SECTOR) {
		size_t end = m->len - at < SECTOR ? m->len - at : SECTOR;
		end = len - at < end ? len - at : end;
		if (!m->dirty[at / SECTOR])
			continue;
		switch (draw(3)) {
		case 0:                         /* it was written */
			write_below(below, m->bytes + at, at, end);
			break;
		case 1:                         /* torn */
			write_below(below, m->bytes + at, at, (size_t)draw(end + 1));
			break;
		}
	}
	below->pMethods->xTruncate(below, (sqlite3_int64)len);
	sqlite3_int64 now;
	below->pMethods->xFileSize(below, &now);
	if ((size_t)now < len)                  /* a hole where sectors were dropped */
		write_below(below, (const uint8_t *)"", len - 1, 1);
}

/* Each file through a handle of our own: whoever wrote it may have closed his. */
static void
power_off_locked(void)
{
	disk.off = true;
	for (uint32_t i = 0; i < FILES_MAX; i++) {
		struct image *m = &disk.image[i];
		if (m->handles == 0)
			continue;
		sqlite3_file *below = calloc(1, (size_t)disk.below->szOsFile);
		assert(below != NULL);
		/* A temporary file: no lock of it is anybody's business. */
		int rc = disk.below->xOpen(disk.below, m->name, below,
		    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MAIN_JOURNAL, NULL);
		assert(rc == SQLITE_OK);
		lose(m, below);
		below->pMethods->xClose(below);
		free(below);
	}
}

/* True: this operation does not happen any more. */
static bool
power_fails(void)
{
	disk.operations++;
	if (!disk.off && disk.fails_at > 0 && --disk.fails_at == 0)
		power_off_locked();
	return disk.off;
}

/* ---- files ---------------------------------------------------------------------------------- */

static sqlite3_file *
below_of(sqlite3_file *f)
{
	return ((struct file *)f)->below;
}

static struct image *
image_of(sqlite3_file *f)
{
	return ((struct file *)f)->image;
}

static int
file_close(sqlite3_file *f)
{
	pthread_mutex_lock(&disk.lock);
	image_close(image_of(f));
	pthread_mutex_unlock(&disk.lock);
	return below_of(f)->pMethods->xClose(below_of(f));
}

static int
file_read(sqlite3_file *f, void *out, int len, sqlite3_int64 at)
{
	struct image *m = image_of(f);
	int rc = SQLITE_OK;
	pthread_mutex_lock(&disk.lock);
	size_t left = (size_t)at < m->len ? m->len - (size_t)at : 0;
	size_t got = left < (size_t)len ? left : (size_t)len;
	if (disk.off) {
		rc = SQLITE_IOERR_READ;
	} else {
		if (got > 0)
			memcpy(out, m->bytes + at, got);
		memset((char *)out + got, 0, (size_t)len - got);
		if (got < (size_t)len)
			rc = SQLITE_IOERR_SHORT_READ;
	}
	pthread_mutex_unlock(&disk.lock);
	return rc;
}

static int
fault_of_write(void)
{
	switch (disk.fault) {
	case CRASH_FULL:
		return SQLITE_FULL;
	case CRASH_IO:
		return SQLITE_IOERR_WRITE;
	case CRASH_READ_ONLY:
		return SQLITE_READONLY;
	case CRASH_CORRUPT:
		disk.fault = CRASH_NO_FAULT;
		return SQLITE_CORRUPT;
	case CRASH_SYNC:
	case CRASH_NO_FAULT:
		break;
	}
	return SQLITE_OK;
}

static int
file_write(sqlite3_file *f, const void *bytes, int len, sqlite3_int64 at)
{
	struct image *m = image_of(f);
	pthread_mutex_lock(&disk.lock);
	int rc = power_fails() ? SQLITE_IOERR_WRITE : fault_of_write();
	if (rc == SQLITE_OK) {
		size_t end = (size_t)at + (size_t)len;
		grow(m, end + 1);
		memcpy(m->bytes + at, bytes, (size_t)len);
		for (size_t i = (size_t)at / SECTOR; i * SECTOR < end; i++)
			m->dirty[i] = true;
		if (end > m->len)
			m->len = end;
	}
	pthread_mutex_unlock(&disk.lock);
	return rc;
}

static int
file_truncate(sqlite3_file *f, sqlite3_int64 len)
{
	struct image *m = image_of(f);
	pthread_mutex_lock(&disk.lock);
	int rc = power_fails() ? SQLITE_IOERR_TRUNCATE : fault_of_write();
	if (rc == SQLITE_OK && (size_t)len < m->len) {
		/* What grows again must not show what was cut. */
		memset(m->bytes + len, 0, m->len - (size_t)len);
		for (size_t i = (size_t)len / SECTOR; i * SECTOR < m->len; i++)
			m->dirty[i] = true;
		m->len = (size_t)len;
	}
	pthread_mutex_unlock(&disk.lock);
	return rc;
}

static int
file_sync(sqlite3_file *f, int flags)
{
	(void)flags;
	pthread_mutex_lock(&disk.lock);
	uint32_t ms = disk.sync_ms;
	pthread_mutex_unlock(&disk.lock);
	if (ms > 0)
		usleep(ms * 1000);
	pthread_mutex_lock(&disk.lock);
	int rc = power_fails() || disk.fault == CRASH_SYNC ? SQLITE_IOERR_FSYNC : SQLITE_OK;
	if (rc == SQLITE_OK)
		sync_image(image_of(f), below_of(f));
	pthread_mutex_unlock(&disk.lock);
	return rc;
}

static int
file_size(sqlite3_file *f, sqlite3_int64 *out)
{
	pthread_mutex_lock(&disk.lock);
	*out = (sqlite3_int64)image_of(f)->len;
	pthread_mutex_unlock(&disk.lock);
	return SQLITE_OK;
}

static int
file_lock(sqlite3_file *f, int level)
{
	return below_of(f)->pMethods->xLock(below_of(f), level);
}

static int
file_unlock(sqlite3_file *f, int level)
{
	return below_of(f)->pMethods->xUnlock(below_of(f), level);
}

static int
file_reserved(sqlite3_file *f, int *out)
{
	return below_of(f)->pMethods->xCheckReservedLock(below_of(f), out);
}

static int
file_control(sqlite3_file *f, int what, void *argument)
{
	/* Hints about sizes would reach the file before its time. */
	if (what == SQLITE_FCNTL_SIZE_HINT || what == SQLITE_FCNTL_CHUNK_SIZE)
		return SQLITE_OK;
	return below_of(f)->pMethods->xFileControl(below_of(f), what, argument);
}

static int
file_sector_size(sqlite3_file *f)
{
	(void)f;
	return SECTOR;
}

static int
file_characteristics(sqlite3_file *f)
{
	(void)f;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int
file_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **out)
{
	return below_of(f)->pMethods->xShmMap(below_of(f), region, size, extend, out);
}

static int
file_shm_lock(sqlite3_file *f, int offset, int count, int flags)
{
	return below_of(f)->pMethods->xShmLock(below_of(f), offset, count, flags);
}

static void
file_shm_barrier(sqlite3_file *f)
{
	below_of(f)->pMethods->xShmBarrier(below_of(f));
}

static int
file_shm_unmap(sqlite3_file *f, int erase)
{
	return below_of(f)->pMethods->xShmUnmap(below_of(f), erase);
}

static const sqlite3_io_methods methods = { .iVersion = 2, /* 2: no memory-mapped reading */
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector_size,
	.xDeviceCharacteristics = file_characteristics,
	.xShmMap = file_shm_map,
	.xShmLock = file_shm_lock,
	.xShmBarrier = file_shm_barrier,
	.xShmUnmap = file_shm_unmap };

/* ---- the VFS -------------------------------------------------------------------------------- */

static int
vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
	struct file *file = (struct file *)f;
	(void)vfs;
	f->pMethods = NULL;
	if (name == NULL)                       /* a temporary file: gone with the power anyway */
		return disk.below->xOpen(disk.below, name, f, flags, out_flags);
	if (crash_vfs_is_off())
		return SQLITE_CANTOPEN;
	file->below = (sqlite3_file *)(void *)(file + 1);
	int rc = disk.below->xOpen(disk.below, name, file->below, flags, out_flags);
	if (rc != SQLITE_OK)
		return rc;
	pthread_mutex_lock(&disk.lock);
	file->image = image_open(name, file->below);
	pthread_mutex_unlock(&disk.lock);
	f->pMethods = &methods;
	return SQLITE_OK;
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
	(void)vfs;
	pthread_mutex_lock(&disk.lock);
	bool fails = power_fails();
	pthread_mutex_unlock(&disk.lock);
	return fails ? SQLITE_IOERR_DELETE : disk.below->xDelete(disk.below, name, sync_folder);
}

void
crash_vfs_install(void)
{
	if (disk.below != NULL)
		return;
	disk.below = sqlite3_vfs_find(NULL);
	assert(disk.below != NULL);
	disk.vfs = *disk.below;
	disk.vfs.zName = CRASH_VFS;
	disk.vfs.pNext = NULL;
	disk.vfs.szOsFile = (int)sizeof(struct file) + disk.below->szOsFile;
	disk.vfs.xOpen = vfs_open;
	disk.vfs.xDelete = vfs_delete;
	sqlite3_vfs_register(&disk.vfs, 0);
}

void
crash_vfs_power_on(uint64_t seed)
{
	pthread_mutex_lock(&disk.lock);
	for (uint32_t i = 0; i < FILES_MAX; i++)
		assert(disk.image[i].handles == 0);
	disk.random = seed;
	disk.operations = 0;
	disk.fails_at = 0;
	disk.off = false;
	disk.fault = CRASH_NO_FAULT;
	disk.sync_ms = 0;
	pthread_mutex_unlock(&disk.lock);
}

void
crash_vfs_power_fails_at(uint64_t operation)
{
	pthread_mutex_lock(&disk.lock);
	disk.fails_at = operation;
	pthread_mutex_unlock(&disk.lock);
}

void
crash_vfs_power_off(void)
{
	pthread_mutex_lock(&disk.lock);
	if (!disk.off)
		power_off_locked();
	pthread_mutex_unlock(&disk.lock);
}

bool
crash_vfs_is_off(void)
{
	pthread_mutex_lock(&disk.lock);
	bool off = disk.off;
	pthread_mutex_unlock(&disk.lock);
	return off;
}

uint64_t
crash_vfs_operations(void)
{
	pthread_mutex_lock(&disk.lock);
	uint64_t operations = disk.operations;
	pthread_mutex_unlock(&disk.lock);
	return operations;
}

void
crash_vfs_fault(enum crash_fault fault)
{
	pthread_mutex_lock(&disk.lock);
	disk.fault = fault;
	pthread_mutex_unlock(&disk.lock);
}

void
crash_vfs_slow(uint32_t sync_ms)
{
	pthread_mutex_lock(&disk.lock);
	disk.sync_ms = sync_ms;
	pthread_mutex_unlock(&disk.lock);
}
