/* export - a long list as a file: pages of a service go in, a sheet goes out; nobody ever holds the whole.
 *
 * Who gets half of it must see that: once the answer has begun, a failure ends the connection without the last chunk. */
#include <stdio.h>
#include <string.h>
#include "common/arena.h"
#include "common/log.h"
#include "common/rest.h"
#include "common/timeutil.h"
#include "gateway.h"
#include "sessions.h"
#include "sheet.h"

#define PAGE_MEMORY ((size_t)24 * 1024 * 1024) /* a message of 1 MiB and its parsed cells */
#define PAGE_VALUES 100000
#define COLUMNS_MAX 40
#define COLUMN_NAME_MAX 64
#define CURSOR_MAX 200
#define PAGE_TRIES 5
#define TRY_AGAIN_MS 1000

struct export {
    struct request *r;
    const struct sheet_kind *kind;
    void *sheet;
    struct sheet_out out;
    struct arena *page; /* the page at hand */
    struct bus_reply reply;
    char cursor[CURSOR_MAX + 1];                  /* of the next page */
    size_t columns;                               /* 0: no page was there yet */
    const struct sheet_words *words[COLUMNS_MAX]; /* of each column, or NULL */
    int64_t rows;
    bool begun; /* the head of the answer has left */
};

static void name_file(struct export *e) {
    char day[11], value[128];
    date_format(date_seoul(time_now_ms()), day);
    snprintf(value, sizeof value, "attachment; filename=\"%s-%.4s%.2s%.2s.%s\"", e->r->route->source, day, day + 5,
             day + 8, e->kind->format);
    header_add(e->r, "Content-Disposition", value);
}

static bool begin(struct export *e) {
    if (e->begun) return true;
    e->begun = true;
    name_file(e);
    return answer_begin(e->r, e->kind->content_type);
}

static bool write_out(void *arg, const void *data, size_t n) {
    struct export *e = arg;
    return begin(e) && http_chunk(e->r->http, data, n);
}

/* ---- a page ---- */

static enum status ask(struct export *e) {
    const struct route *route = e->r->route;
    struct bus_head head;
    call_head(e->r, &head);
    if (*e->cursor != '\0') call_param(&head, "cursor", e->cursor);
    arena_reset(e->page);
    e->reply = (struct bus_reply){.status = ST_INTERNAL};
    bus_call(e->r->gw->bus, route->service, route->lane, &head, e->page, &e->reply);
    return e->reply.status;
}

/* A page may be asked for again, so a service that starts anew does not cost the file. Not the first, which is told as a fact. A token
 * that expires on the way does not cost it either: the session has to stand. */
static enum status fetch(struct export *e) {
    const struct request *r = e->r;
    enum status st = ask(e);
    for (int tries = 1; e->columns > 0 && tries < PAGE_TRIES && (st == ST_BUSY || st == ST_OUTCOME_UNKNOWN); tries++)
        st = rest_for(r->gw->rest, TRY_AGAIN_MS) ? ask(e) : ST_DRAINING;
    bool stands = sessions_allow(r->gw->sessions, r->who.session, r->who.version);
    return stands ? st : ST_UNAUTHENTICATED;
}

static bool put_titles(struct export *e, struct json_in *in) {
    struct json_cell titles[COLUMNS_MAX];
    e->columns = json_array(in, "columns", 1, COLUMNS_MAX, JSON_REQUIRED);
    for (size_t i = 0; i < e->columns; i++) {
        const char *name = json_item_text(in, "columns", i, 1, COLUMN_NAME_MAX);
        if (name == NULL) return false;
        titles[i] = (struct json_cell){.type = CELL_TEXT, .text = sheet_title(name, e->r->lang)};
        e->words[i] = sheet_words(name);
    }
    return e->columns > 0 && e->kind->row(e->sheet, titles, e->columns);
}

static void put_words(const struct export *e, struct json_cell *cells) {
    for (size_t i = 0; i < e->columns; i++)
        if (e->words[i] != NULL && cells[i].type == CELL_TEXT)
            cells[i].text = sheet_word(e->words[i], cells[i].text, e->r->lang);
}

static enum status put_rows(struct export *e, struct json_in *in) {
    struct json_cell cells[COLUMNS_MAX];
    struct json_rows rows;
    if (!json_rows(in, "rows", &rows)) return ST_INTERNAL;
    while (json_rows_next(&rows, cells, e->columns)) {
        if (e->kind->most_rows > 0 && e->rows == e->kind->most_rows) {
            query_bad(&e->r->faults, "format", BAD_RANGE);
            return ST_VALIDATION_FAILED;
        }
        put_words(e, cells);
        if (!e->kind->row(e->sheet, cells, e->columns)) return ST_INTERNAL;
        e->rows++;
    }
    return ST_OK;
}

static enum status put_page(struct export *e) {
    static const struct json_limits limits = {.values = PAGE_VALUES, .members = 64};
    struct json_faults faults = {0};
    struct json_in in;
    enum status st = json_open_within(&in, e->page, &faults, e->reply.body, e->reply.body_len, &limits);
    if (st == ST_OK && e->columns == 0 && !put_titles(e, &in)) st = ST_INTERNAL;
    if (st == ST_OK) st = put_rows(e, &in);
    const char *cursor = json_text(&in, "next_cursor", 1, CURSOR_MAX, JSON_OPTIONAL);
    snprintf(e->cursor, sizeof e->cursor, "%s", cursor != NULL ? cursor : "");
    if (faults.n == 0) return st;
    log_error("page of an export cannot be read", "op", e->r->route->op, "field", faults.item[0].field);
    return ST_INTERNAL;
}

/* ---- all of them ---- */

/* Whoever sells needs the machine more: after each page a rest, in proportion to how long the page took. */
static bool rest_after(struct export *e, int64_t since_us) {
    int64_t took_us = time_mono_us() - since_us;
    return rest_for(e->r->gw->rest, took_us * e->r->gw->conf->export_rest_percent / 100 / 1000);
}

static enum status run(struct export *e) {
    for (;;) {
        int64_t began_us = time_mono_us();
        enum status st = fetch(e);
        if (st == ST_OK) st = put_page(e);
        if (st != ST_OK) return st;
        if (*e->cursor == '\0') return e->kind->end(e->sheet) ? ST_OK : ST_INTERNAL;
        if (!rest_after(e, began_us)) return ST_BUSY;
    }
}

static void finish(struct export *e, enum status st) {
    struct request *r = e->r;
    if (st == ST_OK) {
        http_chunk_end(r->http);
        return;
    }
    if (!e->begun && e->reply.status != ST_OK) {
        call_done(r, &e->reply);
        return;
    }
    if (!e->begun) {
        refuse(r, st);
        return;
    }
    char rows[24];
    snprintf(rows, sizeof rows, "%lld", (long long)e->rows);
    log_write(LOG_WARNING, &(struct log_ctx){.request_id = r->id, .user_id = r->who.user_id}, "export broken off",
              "code", status_code(st), "rows", rows, NULL);
    http_drop(r->http);
}

void serve_export(struct request *r) {
    const char *format = query_get(&r->query, "format");
    struct export e = {.r = r, .kind = sheet_find(format != NULL ? format : "csv")};
    if (e.kind == NULL) {
        query_bad(&r->faults, "format", BAD_FORMAT);
        refuse(r, ST_VALIDATION_FAILED);
        return;
    }
    if (strcmp(r->http->method, "HEAD") == 0) {
        begin(&e);
        return;
    }
    e.out = (struct sheet_out){.write = write_out, .arg = &e, .folder = r->gw->conf->tmp_dir};
    e.page = arena_new(PAGE_MEMORY);
    e.sheet = e.page != NULL ? e.kind->open(r->http->arena, &e.out) : NULL;
    finish(&e, e.sheet != NULL ? run(&e) : ST_INTERNAL);
    if (e.sheet != NULL) e.kind->close(e.sheet);
    arena_free(&e.page);
}
