#include "json.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "arena.h"
#include "json_scan.h"
#include "utf8.h"

enum { NAME_MAX_BYTES = 64 /* of a field in a fault */, NO_INDEX = -1 };

static const struct json_limits request_limits = {.values = 8192, .members = 64 /* bits of json_in.seen */};

static const double exact_int_end = 9007199254740992.0; /* 2^53: below it every integer is a double */
static const int64_t exact_int_last = 9007199254740991;

/* ---- parsing into the arena ---- */
/* cJSON's allocator is one for the process and takes no argument: the arena in use is handed over per thread. */
static _Thread_local struct arena *parse_arena;
static pthread_once_t hooked = PTHREAD_ONCE_INIT;

static void *take_memory(size_t n) { return parse_arena == NULL ? NULL : arena_alloc(parse_arena, n); }
static void keep_memory(void *p) { (void)p; }

static void set_hooks(void) {
    cJSON_Hooks hooks = {.malloc_fn = take_memory, .free_fn = keep_memory};
    cJSON_InitHooks(&hooks);
}

static const cJSON *parse(struct arena *a, const char *text, size_t len) {
    pthread_once(&hooked, set_hooks);
    parse_arena = a;
    const cJSON *root = cJSON_ParseWithLength(text, len);
    parse_arena = NULL;
    return root;
}

/* ---- faults ---- */
static void note_name(struct json_in *in, const char *name, enum json_fault fault) {
    struct json_faults *f = in->faults;
    if (name == NULL) name = "";
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->item[i].field, name) == 0) return; /* the first fault of a field says enough */
    if (f->n == JSON_MAX_FAULTS) return;
    f->item[f->n].field = name;
    f->item[f->n].fault = fault;
    f->n++;
}

static int name_len(const char *field) {
    return (int)utf8_cut(field, strnlen(field, NAME_MAX_BYTES + 4), NAME_MAX_BYTES);
}

static void note_at(struct json_in *in, const char *field, long index, enum json_fault fault) {
    const char *name = index == NO_INDEX
                           ? arena_printf(in->arena, "%s%.*s", in->path, name_len(field), field)
                           : arena_printf(in->arena, "%s%.*s[%ld]", in->path, name_len(field), field, index);
    note_name(in, name, fault);
}

void json_bad(struct json_in *in, const char *field, enum json_fault fault) { note_at(in, field, NO_INDEX, fault); }

/* Most names differ at once, and every pair of them is compared. */
static bool same_name(const char *a, const char *b) { return *a == *b && strcmp(a, b) == 0; }

/* ---- opening ---- */
/* `top` is the member of the top object that is being looked at; NULL: that object itself. */
static void check_members(struct json_in *in, const cJSON *object, const char *top, size_t max) {
    size_t n = 0;
    for (const cJSON *m = object->child; m != NULL; m = m->next)
        if (++n > max) {
            json_bad(in, top == NULL ? "" : top, BAD_LENGTH);
            return;
        }
    for (const cJSON *m = object->child; m != NULL; m = m->next)
        for (const cJSON *other = object->child; other != m; other = other->next)
            if (same_name(other->string, m->string)) json_bad(in, top == NULL ? m->string : top, BAD_DUPLICATE);
}

/* What only the parsed text shows: doubled keys (they may be spelled with escapes) and numbers beyond a double. */
static void check_value(struct json_in *in, const cJSON *v, const char *top, size_t max_members) {
    if (cJSON_IsNumber(v) && !isfinite(v->valuedouble)) json_bad(in, top, BAD_RANGE);
    if (cJSON_IsObject(v)) check_members(in, v, top, max_members);
    for (const cJSON *m = v->child; m != NULL; m = m->next) check_value(in, m, top, max_members);
}

static void check_root(struct json_in *in, const cJSON *root, size_t max_members) {
    check_members(in, root, NULL, max_members);
    for (const cJSON *m = root->child; m != NULL; m = m->next) check_value(in, m, m->string, max_members);
}

/* Where nothing could be read there is an object without members. */
static void open_empty(struct json_in *in, struct arena *a, struct json_faults *faults) {
    static const cJSON empty = {.type = cJSON_Object};
    *in = (struct json_in){.arena = a, .obj = &empty, .faults = faults, .path = ""};
}

enum status json_open(struct json_in *in, struct arena *a, struct json_faults *faults, const char *text, size_t len,
                      bool empty_ok) {
    if (len > 0 || !empty_ok) return json_open_within(in, a, faults, text, len, &request_limits);
    open_empty(in, a, faults);
    return ST_OK;
}

enum status json_open_within(struct json_in *in, struct arena *a, struct json_faults *faults, const char *text,
                             size_t len, const struct json_limits *limits) {
    open_empty(in, a, faults);
    struct json_flaw flaw = {0};
    enum status st = json_scan(text, len, limits->values, &flaw);
    if (st == ST_VALIDATION_FAILED) {
        size_t n = utf8_cut(flaw.field, flaw.field_len, NAME_MAX_BYTES);
        note_name(in, flaw.field == NULL ? "" : arena_strndup(a, flaw.field, n), flaw.fault);
    }
    if (st != ST_OK) return st;
    const cJSON *root = parse(a, text, len);
    if (root == NULL) { /* valid, so only the arena can have been too small */
        note_name(in, "", BAD_LENGTH);
        return ST_VALIDATION_FAILED;
    }
    size_t before = faults->n;
    check_root(in, root, limits->members);
    if (faults->n > before) return ST_VALIDATION_FAILED;
    in->obj = root;
    return ST_OK;
}

void json_end(struct json_in *in) {
    uint64_t bit = 1;
    for (const cJSON *m = in->obj->child; m != NULL; m = m->next, bit <<= 1)
        if ((in->seen & bit) == 0) json_bad(in, m->string, BAD_UNKNOWN);
}

/* ---- finding ---- */
/* A member that is null counts as absent. */
static const cJSON *member(struct json_in *in, const char *field) {
    uint64_t bit = 1;
    for (const cJSON *m = in->obj->child; m != NULL; m = m->next, bit <<= 1)
        if (same_name(m->string, field)) {
            in->seen |= bit;
            return cJSON_IsNull(m) ? NULL : m;
        }
    return NULL;
}

static const cJSON *needed(struct json_in *in, const char *field, enum json_need need) {
    const cJSON *m = member(in, field);
    if (m == NULL && need == JSON_REQUIRED) json_bad(in, field, BAD_MISSING);
    return m;
}

static const cJSON *element(struct json_in *in, const char *field, size_t i) {
    const cJSON *m = member(in, field);
    if (!cJSON_IsArray(m)) return NULL;
    struct json_place at = in->last;
    if (at.array != m || at.i > i) at = (struct json_place){m, m->child, 0};
    for (; at.item != NULL && at.i < i; at.i++) at.item = at.item->next;
    in->last = at;
    return at.item;
}

bool json_has(struct json_in *in, const char *field) { return member(in, field) != NULL; }

bool json_is_null(struct json_in *in, const char *field) {
    return cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(in->obj, field)) != 0;
}

/* ---- values ---- */
static bool has_control(const char *s) {
    for (const unsigned char *c = (const unsigned char *)s; *c != '\0'; c++) {
        if ((*c < 0x20 && *c != '\n' && *c != '\t') || *c == 0x7F) return true;
        if (*c == 0xC2 && c[1] < 0xA0) return true; /* U+0080 to U+009F */
    }
    return false;
}

static const char *text_of(struct json_in *in, const cJSON *v, const char *field, long index, size_t min, size_t max) {
    if (!cJSON_IsString(v)) return note_at(in, field, index, BAD_TYPE), NULL;
    size_t n = utf8_count(v->valuestring);
    if (n < min || n > max) return note_at(in, field, index, BAD_LENGTH), NULL;
    if (has_control(v->valuestring)) return note_at(in, field, index, BAD_FORMAT), NULL;
    return v->valuestring;
}

static int64_t int_of(struct json_in *in, const cJSON *v, const char *field, long index, int64_t min, int64_t max) {
    if (!cJSON_IsNumber(v)) return note_at(in, field, index, BAD_TYPE), 0;
    double d = v->valuedouble;
    if (fabs(d) >= exact_int_end) return note_at(in, field, index, BAD_RANGE), 0;
    int64_t n = (int64_t)d;
    if (fabs(d - (double)n) > 0) return note_at(in, field, index, BAD_TYPE), 0;
    if (n < min || n > max) return note_at(in, field, index, BAD_RANGE), 0;
    return n;
}

const char *json_text(struct json_in *in, const char *field, size_t min, size_t max, enum json_need need) {
    const cJSON *v = needed(in, field, need);
    return v == NULL ? NULL : text_of(in, v, field, NO_INDEX, min, max);
}

int64_t json_int(struct json_in *in, const char *field, int64_t min, int64_t max, enum json_need need) {
    const cJSON *v = needed(in, field, need);
    return v == NULL ? 0 : int_of(in, v, field, NO_INDEX, min, max);
}

bool json_bool(struct json_in *in, const char *field, enum json_need need) {
    const cJSON *v = needed(in, field, need);
    if (v != NULL && !cJSON_IsBool(v)) json_bad(in, field, BAD_TYPE);
    return v != NULL && cJSON_IsTrue(v);
}

size_t json_array(struct json_in *in, const char *field, size_t min, size_t max, enum json_need need) {
    const cJSON *v = needed(in, field, need);
    if (v == NULL) return 0;
    if (!cJSON_IsArray(v)) return json_bad(in, field, BAD_TYPE), 0;
    size_t n = 0;
    for (const cJSON *e = v->child; e != NULL; e = e->next) n++;
    if (n < min || n > max) return json_bad(in, field, BAD_LENGTH), 0;
    return n;
}

const char *json_item_text(struct json_in *in, const char *field, size_t i, size_t min, size_t max) {
    return text_of(in, element(in, field, i), field, (long)i, min, max);
}

int64_t json_item_int(struct json_in *in, const char *field, size_t i, int64_t min, int64_t max) {
    return int_of(in, element(in, field, i), field, (long)i, min, max);
}

/* ---- objects inside ---- */
/* False when even the path finds no memory: then its faults could not be named. */
static bool enter(struct json_in *in, const cJSON *v, const char *path, struct json_in *child) {
    if (path == NULL) return false;
    *child = (struct json_in){.arena = in->arena, .obj = v, .faults = in->faults, .path = path};
    return true;
}

bool json_item(struct json_in *in, const char *field, size_t i, struct json_in *item) {
    const cJSON *v = element(in, field, i);
    const char *path = arena_printf(in->arena, "%s%s[%zu].", in->path, field, i);
    if (cJSON_IsObject(v) && enter(in, v, path, item)) return true;
    note_at(in, field, (long)i, BAD_TYPE);
    return false;
}

bool json_child(struct json_in *in, const char *field, struct json_in *child, enum json_need need) {
    const cJSON *v = needed(in, field, need);
    if (v == NULL) return false;
    if (cJSON_IsObject(v) && enter(in, v, arena_printf(in->arena, "%s%s.", in->path, field), child)) return true;
    json_bad(in, field, BAD_TYPE);
    return false;
}

/* ---- tables ---- */
bool json_rows(struct json_in *in, const char *field, struct json_rows *rows) {
    const cJSON *v = needed(in, field, JSON_REQUIRED);
    if (v != NULL && !cJSON_IsArray(v)) json_bad(in, field, BAD_TYPE);
    bool good = v != NULL && cJSON_IsArray(v);
    *rows = (struct json_rows){.next = good ? v->child : NULL, .in = in, .field = field};
    return good;
}

static bool take_cell(const struct json_rows *rows, const cJSON *v, struct json_cell *cell) {
    size_t before = rows->in->faults->n;
    *cell = (struct json_cell){.type = CELL_NULL};
    if (cJSON_IsString(v))
        *cell = (struct json_cell){.type = CELL_TEXT, .text = v->valuestring};
    else if (!cJSON_IsNull(v))
        *cell = (struct json_cell){
            .type = CELL_INT,
            .number = int_of(rows->in, v, rows->field, rows->index, -exact_int_last, exact_int_last),
        };
    return rows->in->faults->n == before;
}

bool json_rows_next(struct json_rows *rows, struct json_cell *cells, size_t n) {
    const cJSON *row = rows->next;
    if (row == NULL) return false;
    const cJSON *v = cJSON_IsArray(row) ? row->child : NULL;
    size_t i = 0;
    for (; v != NULL && i < n && take_cell(rows, v, &cells[i]); v = v->next) i++;
    if (v != NULL || i < n) note_at(rows->in, rows->field, rows->index, BAD_LENGTH);
    rows->index++;
    rows->next = v == NULL && i == n ? row->next : NULL;
    return v == NULL && i == n;
}

/* ---- any member as text again ---- */
static void put_number(struct json_out *o, double d) {
    if (fabs(d) < exact_int_end && fabs(d - trunc(d)) <= 0) {
        json_put_int(o, NULL, (int64_t)d);
        return;
    }
    char text[32];
    snprintf(text, sizeof text, "%.17g", d);
    json_put_raw(o, NULL, text);
}

static void put_node(struct json_out *o, const cJSON *v) {
    if (cJSON_IsString(v))
        json_put_text(o, NULL, v->valuestring);
    else if (cJSON_IsNumber(v))
        put_number(o, v->valuedouble);
    else if (cJSON_IsBool(v))
        json_put_bool(o, NULL, cJSON_IsTrue(v) != 0);
    else if (cJSON_IsNull(v))
        json_put_null(o, NULL);
    else {
        bool object = cJSON_IsObject(v) != 0;
        object ? json_obj(o, NULL) : json_arr(o, NULL);
        for (const cJSON *m = v->child; m != NULL; m = m->next) {
            if (object) { /* keys given to json_out are literals; these need escaping as a text does */
                json_put_text(o, NULL, m->string);
                strbuf_putc(o->b, ':');
                o->comma = false;
            }
            put_node(o, m);
        }
        object ? json_obj_end(o) : json_arr_end(o);
    }
}

const char *json_raw(struct json_in *in, const char *field, size_t max) {
    const cJSON *v = member(in, field);
    if (v == NULL) return NULL;
    struct strbuf b;
    strbuf_init(&b, in->arena, max);
    struct json_out o = {.b = &b};
    put_node(&o, v);
    if (!strbuf_ok(&b)) return json_bad(in, field, BAD_LENGTH), NULL;
    return b.data;
}
