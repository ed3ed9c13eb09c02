#include "template.h"
#include <errno.h>
#include <iconv.h>
#include <string.h>
#include "common/arena.h"
#include "common/json.h"
#include "common/strbuf.h"
#include "common/utf8.h"

#define TEXT_BYTES_MAX ((size_t)16 * 1024)
#define TLS "https://"
#define PLAIN "http://"
#define EUCKR_CANNOT ((size_t)1 << 30) /* more bytes than anything may have */

/* ---- the table in use ---- */

static const struct template *in_use; /* NULL: templates[] */

const struct template *template_at(size_t i) { return in_use == NULL ? &templates[i] : &in_use[i]; }

const struct template *template_find(const char *key) {
    size_t i = 0;
    while (i < template_count && strcmp(templates[i].key, key) != 0) i++;
    return i == template_count ? NULL : template_at(i);
}

int template_var(const struct template *t, const char *name) {
    for (size_t i = 0; i < t->n_vars; i++)
        if (strcmp(t->vars[i].name, name) == 0) return (int)i;
    return -1;
}

static const char *without_tls(struct arena *a, const char *text) {
    const char *at = text == NULL ? NULL : strstr(text, TLS);
    if (at == NULL) return text;
    return arena_printf(a, "%.*s" PLAIN "%s", (int)(at - text), text, at + strlen(TLS));
}

bool template_scheme(struct arena *a, const char *public_url) {
    in_use = NULL;
    if (strncmp(public_url, TLS, strlen(TLS)) == 0) return true;
    struct template *plain = arena_alloc(a, template_count * sizeof *plain);
    if (plain == NULL) return false;
    for (size_t i = 0; i < template_count; i++) {
        plain[i] = templates[i];
        plain[i].link = without_tls(a, templates[i].link);
        plain[i].fallback = without_tls(a, templates[i].fallback);
        if ((plain[i].link == NULL && templates[i].link != NULL) || plain[i].fallback == NULL) return false;
    }
    in_use = plain;
    return true;
}

/* ---- patterns: text with #{…} ---- */

struct piece {
    const char *text; /* up to the next variable, or the end */
    size_t len;
    int var; /* index behind it; -1: the end; -2: not declared or not closed */
};

/* The next piece of a pattern; *at moves behind it. */
static struct piece next_piece(const struct template *t, const char **at) {
    struct piece p = {.text = *at, .var = -1};
    const char *open = strstr(*at, "#{"), *close = open == NULL ? NULL : strchr(open, '}');
    p.len = open == NULL ? strlen(*at) : (size_t)(open - *at);
    *at += p.len;
    if (open == NULL) return p;
    p.var = -2;
    for (size_t i = 0; close != NULL && i < t->n_vars; i++)
        if (strlen(t->vars[i].name) == (size_t)(close - open - 2) &&
            memcmp(t->vars[i].name, open + 2, (size_t)(close - open - 2)) == 0)
            p.var = (int)i;
    if (p.var >= 0) *at = close + 1;
    return p;
}

const char *template_value(struct arena *a, const struct template_var *var, const char *value) {
    struct strbuf b;
    int count = 0;
    if (value == NULL || strstr(value, "#{") != NULL || !utf8_valid(value, strlen(value))) return NULL;
    strbuf_init(&b, a, TEXT_BYTES_MAX);
    size_t room = 0; /* bytes of all but the last character that fits */
    for (size_t i = 0, n; value[i] != '\0' && count <= var->max; i += n) {
        n = utf8_char(value + i, strlen(value + i));
        if (n == 1 && (unsigned char)value[i] < ' ') continue;
        if (value[i] == 0x7f) continue;
        if (++count == var->max) room = b.len;
        if (count <= var->max) strbuf_put(&b, value + i, n);
    }
    if (count > var->max && strbuf_ok(&b)) {
        b.len = room;
        b.data[room] = '\0';
        strbuf_puts(&b, "…");
    }
    if (count == 0) strbuf_putc(&b, '-');
    return strbuf_ok(&b) ? b.data : NULL;
}

const char *template_fill(struct arena *a, const struct template *t, const char *pattern, const char *const *values) {
    struct strbuf b;
    strbuf_init(&b, a, TEXT_BYTES_MAX);
    for (;;) {
        struct piece p = next_piece(t, &pattern);
        strbuf_put(&b, p.text, p.len);
        if (p.var == -1) return strbuf_ok(&b) ? b.data : NULL;
        const char *value = p.var < 0 ? NULL : template_value(a, &t->vars[p.var], values[p.var]);
        if (value == NULL) return NULL;
        strbuf_puts(&b, value);
    }
}

/* ---- EUC-KR ---- */

/* Bytes of a text in EUC-KR, -1: it cannot be written so. */
static long euckr_bytes(const char *text, size_t len) {
    iconv_t cd = iconv_open("EUC-KR", "UTF-8");
    char out[512], *in = (char *)(uintptr_t)text;
    long total = 0;
    if (cd == (iconv_t)-1) return -1;
    while (len > 0) {
        char *to = out;
        size_t left = sizeof out;
        size_t rc = iconv(cd, &in, &len, &to, &left);
        total += to - out;
        if (rc == (size_t)-1 && errno != E2BIG) {
            total = -1;
            break;
        }
    }
    iconv_close(cd);
    return total;
}

/* Characters people and word processors write, and the nearest that EUC-KR has. */
static const struct {
    const char *from, *to;
} alike[] = {
    {"–", "-"},  {"—", "-"},   {"‐", "-"},  {"•", "·"},  {"₩", "￦"},
    {"™", "TM"}, {"©", "(c)"}, {"«", "《"}, {"»", "》"}, {"\u00a0", " "},
};

static const char *nearest(const char *c, size_t n) {
    for (size_t i = 0; i < sizeof alike / sizeof *alike; i++)
        if (strlen(alike[i].from) == n && memcmp(alike[i].from, c, n) == 0) return alike[i].to;
    return "?";
}

const char *template_sms(struct arena *a, const char *text) {
    struct strbuf b;
    if (euckr_bytes(text, strlen(text)) >= 0) return text;
    strbuf_init(&b, a, TEXT_BYTES_MAX);
    for (size_t n; *text != '\0'; text += n) {
        n = utf8_char(text, strlen(text));
        if (n == 0) return NULL;
        if (euckr_bytes(text, n) >= 0)
            strbuf_put(&b, text, n);
        else
            strbuf_puts(&b, nearest(text, n));
    }
    return strbuf_ok(&b) ? b.data : NULL;
}

/* ---- what can be wrong with a template ---- */

/* What a pattern comes to when every value is as long as it may be. */
struct size {
    size_t chars, euckr;
    const char *fault; /* NULL: it could be measured */
};

static struct size measure(struct arena *a, const struct template *t, const char *what, const char *pattern,
                           bool used[TEMPLATE_VARS_MAX]) {
    struct size s = {.fault = NULL};
    if (!utf8_valid(pattern, strlen(pattern))) s.fault = arena_printf(a, "%s is not UTF-8", what);
    for (const char *c = pattern; *c != '\0'; c++)
        if (((unsigned char)*c < ' ' && *c != '\n') || *c == 0x7f)
            s.fault = arena_printf(a, "%s holds a control character", what);
    while (s.fault == NULL) {
        struct piece p = next_piece(t, &pattern);
        const char *text = arena_strndup(a, p.text, p.len);
        long euckr = text == NULL ? -1 : euckr_bytes(text, p.len);
        s.chars += text == NULL ? 0 : utf8_count(text);
        s.euckr += euckr < 0 ? EUCKR_CANNOT : (size_t)euckr;
        if (p.var == -1) break;
        if (p.var < 0) {
            s.fault = arena_printf(a, "%s has a #{} that is not declared: %.40s", what, pattern);
        } else {
            used[p.var] = true;
            s.chars += (size_t)t->vars[p.var].max;
            s.euckr += (size_t)t->vars[p.var].max * 2;
        }
    }
    return s;
}

static const char *names_fault(struct arena *a, const struct template *t) {
    static const char codes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t code = strlen(t->code);
    if (*t->key == '\0') return "it has no key";
    if (code == 0 || code > TEMPLATE_CODE_MAX || strspn(t->code, codes) != code)
        return arena_printf(a, "code %s is not 1 to %d letters", t->code, TEMPLATE_CODE_MAX);
    if (t->priority < PRIORITY_TICKET || t->priority > PRIORITY_BULK) return "it has no priority";
    if (t->n_vars > TEMPLATE_VARS_MAX) return "it has too many variables";
    for (size_t i = 0; i < t->n_vars; i++) {
        const struct template_var *v = &t->vars[i];
        if (v->name == NULL || *v->name == '\0' || strpbrk(v->name, "#{}@") != NULL || v->max < 1)
            return arena_printf(a, "variable %zu has no proper name or length", i + 1);
        if (template_var(t, v->name) != (int)i) return arena_printf(a, "variable %s is declared twice", v->name);
    }
    return NULL;
}

static const char *button_fault(const struct template *t) {
    if ((t->button == NULL) != (t->link == NULL)) return "a button needs a link, and a link a button";
    if (t->button == NULL) return NULL;
    if (!utf8_valid(t->button, strlen(t->button)) || *t->button == '\0') return "the button has no name";
    if (strstr(t->button, "#{") != NULL) return "the name of a button may hold no variable";
    if (utf8_count(t->button) > TEMPLATE_BUTTON_MAX) return "the name of the button is too long";
    if (strncmp(t->link, TLS, strlen(TLS)) != 0 && strncmp(t->link, PLAIN, strlen(PLAIN)) != 0)
        return "the link does not begin with https:// or http://";
    return strpbrk(t->link, " \n") == NULL ? NULL : "the link holds a blank";
}

static const char *fallback_fault(struct arena *a, const struct template *t, bool used[TEMPLATE_VARS_MAX]) {
    if (t->fallback == NULL || *t->fallback == '\0' || t->fallback_title == NULL || *t->fallback_title == '\0')
        return "it has no text for an SMS";
    if (strstr(t->fallback_title, "#{") != NULL) return "the title of the SMS may hold no variable";
    struct size title = measure(a, t, "the title of the SMS", t->fallback_title, used);
    struct size text = measure(a, t, "the SMS", t->fallback, used);
    if (title.fault != NULL) return title.fault;
    if (text.fault != NULL) return text.fault;
    if (title.euckr >= EUCKR_CANNOT || text.euckr >= EUCKR_CANNOT) return "EUC-KR cannot hold the SMS";
    if (title.euckr > TEMPLATE_SMS_TITLE_MAX) return "the title of the SMS is too long";
    return text.euckr > TEMPLATE_SMS_MAX ? "the SMS is too long" : NULL;
}

const char *template_fault(struct arena *a, const struct template *t) {
    bool used[TEMPLATE_VARS_MAX] = {false}, sms[TEMPLATE_VARS_MAX] = {false};
    const char *fault = names_fault(a, t);
    if (fault == NULL) fault = button_fault(t);
    if (fault != NULL) return fault;
    if (*t->text == '\0') return "it has no text";
    struct size text = measure(a, t, "the text", t->text, used);
    struct size link = measure(a, t, "the link", t->link == NULL ? "" : t->link, used);
    if (text.fault != NULL) return text.fault;
    if (link.fault != NULL) return link.fault;
    if (link.chars > TEMPLATE_LINK_MAX) return "the link is too long";
    if (text.chars + link.chars + (t->button == NULL ? 0 : utf8_count(t->button)) > TEMPLATE_TEXT_MAX)
        return "it is too long";
    for (size_t i = 0; i < t->n_vars; i++)
        if (!used[i]) return arena_printf(a, "variable %s is not used", t->vars[i].name);
    return fallback_fault(a, t, sms);
}
