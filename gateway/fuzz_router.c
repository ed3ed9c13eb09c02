/* Routing, query and header checks with arbitrary bytes. Input: path NUL query NUL header. What must hold is asserted, so that
 * a finding is more than a crash. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "checks.h"
#include "cookies.h"
#include "networks.h"
#include "gateway.h"

static void must(int ok) {
    if (!ok) abort();
}

static void check_clean(const char *text) {
    for (; *text != '\0'; text++) must((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void fuzz_path(const char *raw) {
    struct path path;
    struct match m;
    if (path_split(&path, raw) != PATH_OK) return;
    must(path.n <= PATH_SEGMENTS);
    for (size_t i = 0; i < path.n; i++) {
        const char *s = path.segment[i];
        check_clean(s);
        must(*s != '\0' && strlen(s) <= SEGMENT_BYTES && strpbrk(s, "/\\") == NULL);
        must(strcmp(s, ".") != 0 && strcmp(s, "..") != 0 && utf8_valid(s, strlen(s)));
    }
    static const unsigned methods[] = {0, METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        enum match_verdict v = route_find(route_table, route_count, &path, methods[i], &m);
        must((v == MATCH_FOUND) == (m.route != NULL) || v == MATCH_UNKNOWN);
        must(v != MATCH_WRONG_METHOD || m.allow != 0);
        for (size_t k = 0; v == MATCH_FOUND && k < m.n_params; k++) check_clean(m.params[k].value);
    }
}

static void fuzz_query(const char *raw) {
    struct query q;
    struct json_faults faults = {0};
    bool ok = query_parse(&q, raw, "date,month,q,cursor", &faults);
    must(ok == (faults.n == 0));
    for (size_t i = 0; i < q.n; i++) {
        check_clean(q.item[i].value);
        must(list_has("date,month,q,cursor", q.item[i].name));
    }
}

static void fuzz_header(const char *value) {
    char text[ADDRESS_TEXT];
    struct address peer;
    (void)is_json_type(value);
    (void)accept_language(value);
    (void)etag_matches(value, "\"abc\"");
    (void)bearer_token(value);
    struct arena *a = arena_new(1 << 20);
    must(a != NULL);
    const char *cookie = cookie_get(a, value, COOKIE_ACCESS);
    must(cookie == NULL || strchr(cookie, ';') == NULL);
    arena_free(&a);
    must(!origin_is_own(value, "host", true, "", "") || strcmp(value, "https://host") == 0);
    must(!is_request_id(value) || strlen(value) <= 64);
    must(!is_idempotency_key(value) || strlen(value) <= 128);
    struct networks *p = networks_open("10.0.0.0/8,fd00::/8");
    must(p != NULL && address_parse("10.0.0.1", 8, &peer));
    struct address client = client_address(p, &peer, value);
    address_format(&client, text);
    address_owner(&client, text);
    networks_close(&p);
    p = networks_open(value);
    networks_close(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = calloc(1, size + 3);
    if (text == NULL) return 0;
    if (size > 0) memcpy(text, data, size);
    const char *path = text, *query = path + strlen(path) + 1;
    if (query > text + size) query = text + size;
    const char *header = query + strlen(query) + 1;
    if (header > text + size) header = text + size;
    fuzz_path(path);
    fuzz_query(query);
    fuzz_header(header);
    free(text);
    return 0;
}
