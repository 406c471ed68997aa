/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/body_xml.c -- a status out of XML, by libxml2's reader: no tree is built.
 *
 * A document type declaration is refused, so there are no entities to expand and nothing outside to
 * load; the network is off all the same.  Depth and nodes are counted. */
#include <libxml/xmlreader.h>
#include <string.h>

#include "grammar/body_walk.h"

static struct rf_slice
slice_of(const xmlChar *text)
{
	return text == NULL ? RF_SLICE("") : rf_slice_of((const char *)text);
}

static bool
attributes_take(struct rf_body_walk *w, xmlTextReaderPtr reader)
{
	while (xmlTextReaderMoveToNextAttribute(reader) == 1) {
		if (!rf_body_walk_down(w, slice_of(xmlTextReaderConstNamespaceUri(reader)),
			slice_of(xmlTextReaderConstLocalName(reader))))
			return false;
		w->step[w->depth - 1].is_attribute = true;
		if (!rf_body_walk_value(w, slice_of(xmlTextReaderConstValue(reader)), false))
			return false;
		rf_body_walk_up(w);
	}
	xmlTextReaderMoveToElement(reader);
	return true;
}

static bool
element_begin(struct rf_body_walk *w, xmlTextReaderPtr reader)
{
	bool is_empty = xmlTextReaderIsEmptyElement(reader) == 1;
	if (!rf_body_walk_down(w, slice_of(xmlTextReaderConstNamespaceUri(reader)),
		slice_of(xmlTextReaderConstLocalName(reader))) ||
	    !attributes_take(w, reader))
		return false;
	if (is_empty)
		rf_body_walk_up(w);
	return true;
}

/* One node; false: a bound is reached, or something that has no place in a body. */
static bool
node_take(struct rf_body_walk *w, xmlTextReaderPtr reader)
{
	if (++w->nodes > RF_BODY_NODES_MAX)
		return false;
	switch (xmlTextReaderNodeType(reader)) {
	case XML_READER_TYPE_ELEMENT:
		return element_begin(w, reader);
	case XML_READER_TYPE_END_ELEMENT:
		rf_body_walk_up(w);
		return true;
	case XML_READER_TYPE_TEXT:
	case XML_READER_TYPE_CDATA:
		return rf_body_walk_value(w, slice_of(xmlTextReaderConstValue(reader)), false);
	case XML_READER_TYPE_DOCUMENT_TYPE:
	case XML_READER_TYPE_ENTITY:
	case XML_READER_TYPE_ENTITY_REFERENCE:
		return false;
	default: /* comments, white space, processing instructions */
		return true;
	}
}

/* In any coding of one byte a character; the reader finds it in the others. */
static bool
has_doctype(struct rf_slice body)
{
	static const char mark[] = "<!DOCTYPE";
	return memmem(body.p, body.len, mark, sizeof(mark) - 1) != NULL;
}

/* Is it in another coding than UTF-8?  `declared` may be NULL; UTF-16 begins with its mark. */
static bool
is_recoded(struct rf_slice body, const xmlChar *declared)
{
	if (memcmp(body.p, "\xff\xfe", 2) == 0 || memcmp(body.p, "\xfe\xff", 2) == 0)
		return true;
	return declared != NULL && !rf_slice_equal_nocase(slice_of(declared), RF_SLICE("UTF-8")) &&
	       !rf_slice_equal_nocase(slice_of(declared), RF_SLICE("US-ASCII"));
}

static bool
document_walk(struct rf_body_walk *w, struct rf_slice body, bool *recoded)
{
	xmlTextReaderPtr reader = xmlReaderForMemory(body.p, (int)body.len, NULL, NULL,
	    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT);
	int more = -1;
	if (reader == NULL)
		return false;
	while ((more = xmlTextReaderRead(reader)) == 1) {
		if (!node_take(w, reader)) {
			more = -1;
			break;
		}
	}
	*recoded = more == 0 && is_recoded(body, xmlTextReaderConstEncoding(reader));
	xmlFreeTextReader(reader);
	return more == 0;
}

void
rf_body_read_xml(struct rf_body *out, struct rf_slice body, const struct rf_body_mapping *mapping)
{
	struct rf_body_walk walk;
	bool recoded = false;
	*out = (struct rf_body){ .kind = RF_BODY_XML, .trust = RF_BODY_NO_STATUS, .why = "" };
	rf_body_walk_init(&walk, out, mapping == NULL ? NULL : mapping->xml,
	    mapping == NULL ? NULL : mapping->alias, '/');
	if (has_doctype(body) || !document_walk(&walk, body, &recoded)) {
		*out = (struct rf_body){ .kind = RF_BODY_XML,
			.trust = RF_BODY_BAD,
			.why = "no XML, a document type, or too deep or too long" };
	} else if (recoded && out->trust == RF_BODY_OK) {
		out->trust = RF_BODY_LENIENT;
		out->why = "another coding than UTF-8";
	}
}
