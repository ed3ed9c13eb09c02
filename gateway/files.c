/* files - one regular file below DOCS_ROOT or WEB_ROOT, found without ever following a link or leaving the folder. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "checks.h"
#include "gateway.h"

#define FILE_PARTS 24

static const char *type_of(const char *name) {
    static const struct {
        const char *ending, *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".txt", "text/plain; charset=utf-8"},
        {".yaml", "application/yaml; charset=utf-8"},
        {".webmanifest", "application/manifest+json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".webp", "image/webp"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".map", "application/json"},
    };
    const char *ending = strrchr(name, '.');
    for (size_t i = 0; ending != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(ending, types[i].ending) == 0) return types[i].type;
    return "application/octet-stream";
}

/* Opens root/part/part/… step by step; -1 with errno. No part holds a slash or is a dot segment: the router saw to that. */
static int open_below(const char *root, const char *const *parts, size_t n) {
    int at = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < n && at >= 0; i++) {
        bool last = i + 1 == n;
        int next = openat(at, parts[i], O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | (last ? O_RDONLY : O_PATH | O_DIRECTORY));
        int why = errno;
        close(at);
        errno = why;
        at = next;
    }
    return at;
}

static void send_open_file(struct request *r, int fd, const struct stat *st, const char *name) {
    char etag[64];
    snprintf(etag, sizeof etag, "\"%llx-%llx-%llx\"", (unsigned long long)st->st_ino, (unsigned long long)st->st_size,
             (unsigned long long)st->st_mtim.tv_sec * 1000000000U + (unsigned long long)st->st_mtim.tv_nsec);
    header_add(r, "ETag", etag);
    if (etag_matches(http_header(r->http, "If-None-Match"), etag))
        answer(r, 304, NULL, "", 0);
    else
        answer_file(r, fd, st->st_size, type_of(name));
}

enum found { FOUND_NOTHING, FOUND_FILE, FOUND_FOLDER };

/* Answers when the parts name a file. */
static enum found try_file(struct request *r, const char *root, const char *const *parts, size_t n) {
    struct stat st;
    if (n == 0) return FOUND_FOLDER; /* the root itself */
    int fd = open_below(root, parts, n);
    enum found found = FOUND_NOTHING;
    if (fd >= 0 && fstat(fd, &st) == 0)
        found = S_ISREG(st.st_mode) ? FOUND_FILE : S_ISDIR(st.st_mode) ? FOUND_FOLDER : FOUND_NOTHING;
    if (found == FOUND_FILE) send_open_file(r, fd, &st, parts[n - 1]);
    if (fd >= 0) close(fd);
    return found;
}

void serve_file(struct request *r) {
    char source[256];
    const char *parts[FILE_PARTS] = {NULL};
    size_t n = 0;
    snprintf(source, sizeof source, "%s", r->route->source);
    for (char *at = source, *part; n < FILE_PARTS && (part = strsep(&at, "/")) != NULL;)
        parts[n++] = strcmp(part, ":") == 0 ? r->match.params[0].value : part;
    if (*r->gw->conf->docs_root == '\0' || try_file(r, r->gw->conf->docs_root, parts, n) != FOUND_FILE)
        refuse(r, ST_NOT_FOUND);
}

/* The export is made once, under "_"; a first segment that is no page of its own is an exhibition's code. */
static enum found try_page(struct request *r, const char *first) {
    const char *parts[FILE_PARTS] = {NULL};
    size_t n = 0;
    for (; n < r->path.n; n++) parts[n] = n == 0 ? first : r->path.segment[n];
    if (r->path.slash) parts[n++] = "index.html";
    return try_file(r, r->gw->conf->web_root, parts, n);
}

static void send_to_slash(struct request *r) {
    char target[PATH_BYTES + 2];
    snprintf(target, sizeof target, "%s/", r->http->path);
    header_add(r, "Location", target);
    answer(r, 308, NULL, "", 0);
}

void serve_pages(struct request *r) {
    if (*r->gw->conf->web_root == '\0') {
        refuse(r, ST_NOT_FOUND);
        return;
    }
    const char *first = r->path.n > 0 ? r->path.segment[0] : "";
    enum found found = try_page(r, first);
    if (found == FOUND_NOTHING && is_exhibition_code(first)) found = try_page(r, "_");
    if (found == FOUND_FOLDER && !r->path.slash)
        send_to_slash(r);
    else if (found != FOUND_FILE)
        refuse(r, ST_NOT_FOUND);
}
