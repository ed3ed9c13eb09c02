/* page - the frame of the pages for people, and writing text into HTML. */
#pragma once
#include <stdint.h>
#include "common/strbuf.h"

/* Everything up to <main>; `title` is the heading, too. */
void page_begin(struct strbuf *b, const char *title);
void page_end(struct strbuf *b);
/* Escaped for elements and attributes. */
void page_text(struct strbuf *b, const char *text);
/* 15,000원 */
void page_won(struct strbuf *b, int64_t won);
/* One line of a list of facts: <div><dt>name</dt><dd id="id">value</dd></div>; value already HTML. */
void page_fact_begin(struct strbuf *b, const char *name, const char *id);
void page_fact_end(struct strbuf *b);
