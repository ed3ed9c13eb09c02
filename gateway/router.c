/* router - see router.h. */
#include "router.h"
#include <stdio.h>
#include <string.h>
#include "escape.h"

static bool dots_only(const char *segment) { return strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0; }

/* Decodes one segment behind what the path holds already. */
static enum path_verdict segment_add(struct path *path, const char *raw, size_t n) {
    if (n == 0 || n > SEGMENT_BYTES * 3 || path->n == PATH_SEGMENTS) return PATH_UNKNOWN;
    char *out = path->text + path->used;
    long len = unescape(raw, n, out, false);
    if (len < 0 || dots_only(out) || strpbrk(out, "/\\") != NULL) return PATH_BAD;
    if (len > SEGMENT_BYTES) return PATH_UNKNOWN;
    path->segment[path->n++] = out;
    path->used += (size_t)len + 1;
    return PATH_OK;
}

enum path_verdict path_split(struct path *path, const char *raw) {
    path->n = path->used = 0;
    path->slash = false;
    if (raw == NULL || raw[0] != '/') return PATH_BAD;
    size_t len = strlen(raw);
    if (len > PATH_BYTES) return PATH_UNKNOWN;
    path->slash = raw[len - 1] == '/';
    if (len == 1) return PATH_OK;
    /* The worst verdict counts: "//.." is bad, not merely unknown. */
    enum path_verdict worst = PATH_OK;
    const char *at = raw + 1, *end = raw + len - (path->slash ? 1 : 0);
    for (;;) {
        const char *stop = memchr(at, '/', (size_t)(end - at));
        enum path_verdict v = segment_add(path, at, (size_t)((stop != NULL ? stop : end) - at));
        if (v == PATH_BAD) return PATH_BAD;
        if (v != PATH_OK) worst = v;
        if (stop == NULL) return worst;
        at = stop + 1;
    }
}

struct pattern_part {
    const char *at;
    size_t len;
};

static bool next_part(const char **pattern, struct pattern_part *part) {
    if (**pattern != '/' || (*pattern)[1] == '\0') return false;
    part->at = *pattern + 1;
    part->len = strcspn(part->at, "/");
    *pattern = part->at + part->len;
    return true;
}

static bool fits(const char *pattern, const struct path *path) {
    struct pattern_part part;
    size_t i = 0;
    while (next_part(&pattern, &part)) {
        if (part.len == 1 && part.at[0] == '*') return true;
        if (i == path->n) return false;
        const char *segment = path->segment[i++];
        if (part.at[0] != ':' && (strncmp(segment, part.at, part.len) != 0 || segment[part.len] != '\0')) return false;
    }
    bool slash = *pattern == '/';
    return i == path->n && slash == path->slash;
}

static void take_params(const char *pattern, struct path *path, struct match *m) {
    struct pattern_part part;
    for (size_t i = 0; next_part(&pattern, &part) && i < path->n; i++) {
        if (part.at[0] != ':' || part.len > sizeof path->text - path->used) continue;
        char *name = path->text + path->used;
        memcpy(name, part.at + 1, part.len - 1);
        name[part.len - 1] = '\0';
        path->used += part.len;
        m->params[m->n_params++] = (struct bus_param){.name = name, .value = path->segment[i]};
    }
}

enum match_verdict route_find(const struct route *table, size_t n, struct path *path, unsigned method,
                              struct match *m) {
    const char *owner = NULL;
    m->route = NULL;
    m->allow = 0;
    m->n_params = 0;
    for (size_t i = 0; i < n; i++) {
        const struct route *r = &table[i];
        if (owner != NULL && strcmp(owner, r->pattern) != 0) break;
        if (owner == NULL && !fits(r->pattern, path)) continue;
        if (r->kind == KIND_NOTHING) return MATCH_UNKNOWN;
        owner = r->pattern;
        m->allow |= r->method;
        if (r->method == method) m->route = r;
    }
    if (owner == NULL) return MATCH_UNKNOWN;
    if (m->route == NULL) return MATCH_WRONG_METHOD;
    take_params(owner, path, m);
    return MATCH_FOUND;
}

static const struct {
    const char *name;
    unsigned method;
} methods[] = {
    {"GET", METHOD_GET}, {"HEAD", METHOD_GET},    {"POST", METHOD_POST},
    {"PUT", METHOD_PUT}, {"PATCH", METHOD_PATCH}, {"DELETE", METHOD_DELETE},
};

unsigned method_parse(const char *name) {
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (strcmp(name, methods[i].name) == 0) return methods[i].method;
    return 0;
}

const char *method_name(enum method method) {
    size_t i = 0;
    while (methods[i].method != method) i++;
    return methods[i].name;
}

void methods_write(unsigned allow, char *out, size_t cap) {
    size_t used = 0;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if ((methods[i].method & allow) != 0 && used < cap)
            used += (size_t)snprintf(out + used, cap - used, "%s, ", methods[i].name);
    if (used < cap) snprintf(out + used, cap - used, "OPTIONS");
}
