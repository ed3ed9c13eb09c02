/* page - see page.h. No file is loaded from anywhere: the style is in the page. */
#include "page.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char head[] = "<!doctype html>\n<html lang=\"ko\">\n<head>\n<meta charset=\"utf-8\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                           "<meta name=\"robots\" content=\"noindex\">\n<link rel=\"icon\" href=\"data:,\">\n<title>";

static const char style[] =
    "</title>\n<style>\n"
    ":root{color-scheme:light;--ink:#191f28;--soft:#4e5968;--line:#d1d6db;--blue:#1b64da;--pale:#f2f4f6;--red:#c92a2a}"
    "\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--pale);color:var(--ink);line-height:1.5;word-break:keep-all;"
    "font-family:system-ui,'Apple SD Gothic Neo','Noto Sans KR','Noto Sans CJK KR','Malgun Gothic',sans-serif}\n"
    "main{max-width:30rem;margin:0 auto;padding:1.5rem 1.25rem 2rem;background:#fff;min-height:100vh}\n"
    "h1{font-size:1.5rem;margin:.25rem 0 1.25rem}\n"
    ".note{margin:0 0 1rem;padding:.5rem .75rem;border-radius:.5rem;background:#fff4d6;color:#5c4400;font-size:.9rem}\n"
    "dl{margin:0 0 1.5rem;padding:1rem;border-radius:.75rem;background:var(--pale)}\n"
    "dl div{display:flex;align-items:baseline;justify-content:space-between;gap:1rem;padding:.25rem 0}\n"
    "dt{color:var(--soft);flex:none}dd{margin:0;text-align:right;overflow-wrap:anywhere}\n"
    "#amount{font-size:1.25rem;font-weight:700}\n"
    "fieldset{border:0;margin:0 0 1.5rem;padding:0}legend{padding:0;margin-bottom:.5rem;font-weight:700}\n"
    "label{display:flex;align-items:center;gap:.75rem;padding:.875rem 1rem;margin-bottom:.5rem;"
    "border:1px solid var(--line);border-radius:.75rem;cursor:pointer}\n"
    "label:has(:checked){border-color:var(--blue);box-shadow:inset 0 0 0 1px var(--blue)}\n"
    "input{width:1.25rem;height:1.25rem;margin:0;accent-color:var(--blue)}\n"
    "button{width:100%;min-height:3rem;padding:.75rem 1rem;border-radius:.75rem;border:1px solid var(--line);"
    "background:#fff;color:var(--ink);font:inherit;font-weight:600;cursor:pointer}\n"
    "button:hover{background:var(--pale)}\n"
    "button.main{min-height:3.5rem;border-color:var(--blue);background:var(--blue);color:#fff;font-size:1.1rem}\n"
    "button.main:hover{background:#1652b5}\n"
    ":focus-visible{outline:3px solid var(--ink);outline-offset:2px}\n"
    ".test{display:grid;gap:.5rem;margin-top:1rem;padding-top:1rem;border-top:1px solid var(--line)}\n"
    ".test p{margin:0;color:var(--soft);font-size:.9rem}.test button{color:var(--red)}\n"
    "@media (min-width:40rem){body{padding:3rem 1rem}main{min-height:0;border-radius:1rem;padding:2rem;"
    "box-shadow:0 4px 24px rgb(0 0 0 / 8%)}.test{grid-template-columns:repeat(3,1fr)}.test p{grid-column:1/-1}}\n"
    "</style>\n</head>\n<body>\n<main>\n"
    "<p class=\"note\">테스트 결제창입니다. 실제로 결제되지 않습니다.</p>\n<h1>";

void page_begin(struct strbuf *b, const char *title) {
    strbuf_puts(b, head);
    page_text(b, title);
    strbuf_puts(b, style);
    page_text(b, title);
    strbuf_puts(b, "</h1>\n");
}

void page_end(struct strbuf *b) { strbuf_puts(b, "</main>\n</body>\n</html>\n"); }

void page_text(struct strbuf *b, const char *text) {
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&': strbuf_puts(b, "&amp;"); break;
        case '<': strbuf_puts(b, "&lt;"); break;
        case '>': strbuf_puts(b, "&gt;"); break;
        case '"': strbuf_puts(b, "&quot;"); break;
        case '\'': strbuf_puts(b, "&#39;"); break;
        default: strbuf_putc(b, *text);
        }
    }
}

void page_won(struct strbuf *b, int64_t won) {
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRId64, won);
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) strbuf_putc(b, ',');
        strbuf_putc(b, digits[i]);
    }
    strbuf_puts(b, "원");
}

void page_fact_begin(struct strbuf *b, const char *name, const char *id) {
    strbuf_printf(b, "<div><dt>%s</dt><dd id=\"%s\">", name, id);
}

void page_fact_end(struct strbuf *b) { strbuf_puts(b, "</dd></div>\n"); }
