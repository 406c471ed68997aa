/* SPDX-License-Identifier: BSD-2-Clause */
/* journal/build.c -- reads the GNU build id note of the running program. */
#include "journal/build.h"

#include <elf.h>
#include <link.h>
#include <string.h>

struct search {
	uint8_t *out;
	bool found;
};

/* Name and description are padded to four bytes. */
static size_t
padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

static bool
read_notes(const uint8_t *p, size_t len, uint8_t out[RF_BUILD_ID_LEN])
{
	while (len >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) note;
		memcpy(&note, p, sizeof note);
		size_t whole = sizeof note + padded(note.n_namesz) + padded(note.n_descsz);
		if (whole > len)
			return false;
		const uint8_t *name = p + sizeof note, *id = name + padded(note.n_namesz);
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    memcmp(name, "GNU", 4) == 0) {
			size_t take = note.n_descsz < RF_BUILD_ID_LEN ? note.n_descsz :
			    RF_BUILD_ID_LEN;
			memset(out, 0, RF_BUILD_ID_LEN);
			memcpy(out, id, take);
			return true;
		}
		p += whole;
		len -= whole;
	}
	return false;
}

/* The first object is the program itself. */
static int
look(struct dl_phdr_info *info, size_t size, void *user)
{
	struct search *s = user;
	(void)size;
	for (unsigned i = 0; i < info->dlpi_phnum && !s->found; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		if (part->p_type == PT_NOTE)
			s->found = read_notes((const uint8_t *)(info->dlpi_addr + part->p_vaddr),
			    part->p_memsz, s->out);
	}
	return 1;
}

bool
rf_build_id(uint8_t out[RF_BUILD_ID_LEN])
{
	struct search s = { .out = out };
	dl_iterate_phdr(look, &s);
	return s.found;
}
