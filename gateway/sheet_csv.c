/* sheet_csv - RFC 4180, in UTF-8 with its mark, which spreadsheets need to see Hangul. Pure. */
#include <stdio.h>
#include <string.h>
#include "common/arena.h"
#include "sheet.h"

#define BUFFER ((size_t)15 * 1024) /* leaves as one chunk, in one write */
#define MARK "\xEF\xBB\xBF"

struct csv {
    const struct sheet_out *out;
    size_t len;
    bool marked, lost;
    char buffer[BUFFER];
};

static void flush(struct csv *s) {
    if (s->len > 0 && !s->lost) s->lost = !s->out->write(s->out->arg, s->buffer, s->len);
    s->len = 0;
}

static void put(struct csv *s, const char *data, size_t n) {
    while (n > 0) {
        size_t piece = n < BUFFER - s->len ? n : BUFFER - s->len;
        memcpy(s->buffer + s->len, data, piece);
        s->len += piece;
        data += piece;
        n -= piece;
        if (s->len == BUFFER) flush(s);
    }
}

static void *open_csv(struct arena *a, const struct sheet_out *out) {
    struct csv *s = arena_alloc(a, sizeof *s);
    if (s != NULL) s->out = out;
    return s;
}

/* What a spreadsheet would run as a formula (OWASP, "CSV injection") is told by an apostrophe to be a text. */
static bool is_formula(const char *text) { return *text != '\0' && strchr("=+-@\t\r\n", *text) != NULL; }

static void put_text(struct csv *s, const char *text) {
    bool quoted = strpbrk(text, "\",\r\n") != NULL;
    if (quoted) put(s, "\"", 1);
    if (is_formula(text)) put(s, "'", 1);
    while (*text != '\0') {
        size_t n = strcspn(text, "\"");
        put(s, text, n);
        text += n;
        if (*text == '"') {
            put(s, "\"\"", 2);
            text++;
        }
    }
    if (quoted) put(s, "\"", 1);
}

static void put_cell(struct csv *s, const struct json_cell *cell) {
    char number[24];
    if (cell->type == CELL_TEXT) put_text(s, cell->text);
    if (cell->type == CELL_INT)
        put(s, number, (size_t)snprintf(number, sizeof number, "%lld", (long long)cell->number));
}

static bool put_row(void *sheet, const struct json_cell *cells, size_t n) {
    struct csv *s = sheet;
    if (!s->marked) put(s, MARK, sizeof MARK - 1);
    s->marked = true;
    for (size_t i = 0; i < n; i++) {
        if (i > 0) put(s, ",", 1);
        put_cell(s, &cells[i]);
    }
    put(s, "\r\n", 2);
    return !s->lost;
}

static bool end(void *sheet) {
    struct csv *s = sheet;
    flush(s);
    return !s->lost;
}

static void close_csv(void *sheet) { (void)sheet; }

const struct sheet_kind sheet_csv = {
    .format = "csv",
    .content_type = "text/csv; charset=utf-8",
    .open = open_csv,
    .row = put_row,
    .end = end,
    .close = close_csv,
};
