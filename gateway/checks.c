/* checks - see checks.h. */
#include "checks.h"
#include <string.h>
#include <strings.h>

static const char *skip_space(const char *s) { return s + strspn(s, " \t"); }

/* "; charset=utf-8" or nothing. */
static bool only_utf8(const char *s) {
    s = skip_space(s);
    if (*s == '\0') return true;
    if (*s != ';') return false;
    s = skip_space(s + 1);
    if (strncasecmp(s, "charset=", 8) != 0) return false;
    s += 8;
    size_t len = 5;
    if (strncasecmp(s, "\"utf-8\"", 7) == 0)
        len = 7;
    else if (strncasecmp(s, "utf-8", 5) != 0)
        return false;
    return *skip_space(s + len) == '\0';
}

bool is_json_type(const char *content_type) {
    static const char json[] = "application/json";
    if (content_type == NULL || strncasecmp(content_type, json, sizeof json - 1) != 0) return false;
    return only_utf8(content_type + sizeof json - 1);
}

bool is_request_id(const char *id) {
    static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-";
    size_t n = strspn(id, allowed);
    return n >= 8 && n <= 64 && id[n] == '\0';
}

bool is_idempotency_key(const char *key) {
    size_t n = 0;
    while (key[n] >= 0x20 && key[n] < 0x7f && n <= 128) n++;
    return n >= 1 && n <= 128 && key[n] == '\0';
}

static bool refused(const char *parameters, size_t n) {
    const char *q = memchr(parameters, '=', n);
    if (q == NULL) return false;
    return strspn(q + 1, "0.") == (size_t)(parameters + n - q - 1);
}

enum lang accept_language(const char *header) {
    while (header != NULL && *header != '\0') {
        header = skip_space(header);
        size_t item = strcspn(header, ","), tag = strcspn(header, ",;");
        bool english = strncasecmp(header, "en", 2) == 0, korean = strncasecmp(header, "ko", 2) == 0;
        if ((english || korean) && (tag == 2 || header[2] == '-') && !refused(header + tag, item - tag))
            return english ? LANG_EN : LANG_KO;
        header += item + (header[item] == ',');
    }
    return LANG_KO;
}

bool etag_matches(const char *if_none_match, const char *etag) {
    size_t n = strlen(etag);
    const char *at = if_none_match != NULL ? skip_space(if_none_match) : "";
    if (strcmp(at, "*") == 0) return true;
    while (*at != '\0') {
        at += strspn(at, " \t,");
        if (strncmp(at, "W/", 2) == 0) at += 2;
        const char *end = *at == '"' ? strchr(at + 1, '"') : NULL;
        if (end == NULL) return false;
        if ((size_t)(end + 1 - at) == n && memcmp(at, etag, n) == 0) return true;
        at = end + 1;
    }
    return false;
}

const char *bearer_token(const char *authorization) {
    if (authorization == NULL || strncasecmp(authorization, "Bearer ", 7) != 0) return NULL;
    return skip_space(authorization + 7);
}

bool list_has(const char *list, const char *item) {
    size_t n = strlen(item);
    while (*list != '\0') {
        size_t len = strcspn(list, ",");
        if (len == n && memcmp(list, item, n) == 0) return true;
        list += len + (list[len] == ',');
    }
    return false;
}

bool is_exhibition_code(const char *text) {
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return n >= 1 && n <= 50 && text[n] == '\0' && text[0] != '-';
}
