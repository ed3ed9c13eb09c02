#include "http_client.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "arena.h"
#include "log.h"
#include "strbuf.h"
#include "timeutil.h"

enum { CONNECT_TIMEOUT_MS = 5000, TIMEOUT_MS = 60000, BODY_MAX = 1 << 20 };
/* Load balancers commonly drop connections that idle for 60 s; ours go first, so that a POST rarely meets a dead one. */
enum { IDLE_MAX_S = 50 };

struct http_client {
    CURL *curl;
    struct http_client_conf conf;
    char detail[CURL_ERROR_SIZE];
    bool head_whole; /* of the answer now being read */
};

static pthread_once_t initialised = PTHREAD_ONCE_INIT;

static void initialise(void) {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) return;
    log_error("libcurl does not start");
    abort();
}

struct http_client *http_client_open(const struct http_client_conf *conf) {
    pthread_once(&initialised, initialise);
    struct http_client *c = calloc(1, sizeof *c);
    if (c == NULL) return NULL;
    c->conf = *conf;
    if (c->conf.connect_timeout_ms == 0) c->conf.connect_timeout_ms = CONNECT_TIMEOUT_MS;
    if (c->conf.timeout_ms == 0) c->conf.timeout_ms = TIMEOUT_MS;
    if (c->conf.body_max == 0) c->conf.body_max = BODY_MAX;
    c->curl = curl_easy_init();
    if (c->curl == NULL) http_client_close(&c);
    return c;
}

void http_client_close(struct http_client **c) {
    if (*c == NULL) return;
    curl_easy_cleanup((*c)->curl);
    free(*c);
    *c = NULL;
}

/* ---- callbacks ---- */
static size_t take_body(char *data, size_t size, size_t n, void *arg) {
    struct strbuf *body = arg;
    strbuf_put(body, data, size * n);
    return strbuf_ok(body) ? size * n : 0; /* less than offered ends the transfer */
}

/* libcurl takes a connection that ends within the head for the end of the answer. */
static size_t take_head(char *line, size_t size, size_t n, void *arg) {
    struct http_client *c = arg;
    size_t len = size * n;
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) c->head_whole = false; /* behind a 100, or of a second try */
    if (len <= 2 && (*line == '\r' || *line == '\n')) c->head_whole = true;
    return len;
}

/* libcurl asks at least once a second, whatever it waits for. */
static int asked_to_stop(void *arg, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up) {
    (void)down_total, (void)down, (void)up_total, (void)up;
    return atomic_load((const atomic_bool *)arg) ? 1 : 0;
}

/* ---- options ---- */
static void set_conf(struct http_client *c) {
    const struct http_client_conf *conf = &c->conf;
    CURL *h = c->curl;
    curl_easy_reset(h); /* options only: connections, names and TLS sessions stay */
    curl_easy_setopt(h, CURLOPT_ERRORBUFFER, c->detail);
    curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, take_head);
    curl_easy_setopt(h, CURLOPT_HEADERDATA, c);
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    /* A look-up of a name cannot be broken off, but it need not be waited for. */
    curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, conf->plain_http ? "http,https" : "https");
    curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(h, CURLOPT_PROXY, "");
    curl_easy_setopt(h, CURLOPT_MAXAGE_CONN, (long)IDLE_MAX_S);
    curl_easy_setopt(h, CURLOPT_MAXCONNECTS, 1L);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)conf->connect_timeout_ms);
    if (conf->ca_file != NULL) curl_easy_setopt(h, CURLOPT_CAINFO, conf->ca_file);
    if (conf->user_agent != NULL) curl_easy_setopt(h, CURLOPT_USERAGENT, conf->user_agent);
    if (conf->stop != NULL) {
        curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, asked_to_stop);
        curl_easy_setopt(h, CURLOPT_XFERINFODATA, conf->stop);
    }
}

static void set_call(struct http_client *c, const struct http_call *call, struct curl_slist *headers,
                     struct strbuf *body) {
    CURL *h = c->curl;
    curl_easy_setopt(h, CURLOPT_URL, call->url);
    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)(call->timeout_ms > 0 ? call->timeout_ms : c->conf.timeout_ms));
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, body);
    bool post = strcmp(call->method, "POST") == 0;
    if (post || call->body != NULL) { /* without a size libcurl would read the body from stdin */
        curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(call->body == NULL ? 0 : call->len));
        curl_easy_setopt(h, CURLOPT_POSTFIELDS, call->body == NULL ? "" : call->body);
    }
    if (!post) curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, call->method);
    if (post && c->conf.fresh_post) curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, 1L);
}

/* A line break in a header would begin another one. */
static bool one_line(const char *s) {
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7F) return false;
    return true;
}

/* NULL: a header is refused or there is no memory. "Expect:" turns off the wait of a second before bodies above 1 MiB. */
static struct curl_slist *header_list(const struct http_call *call) {
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; i < call->n_headers && list != NULL; i++) {
        struct curl_slist *longer = one_line(call->headers[i]) ? curl_slist_append(list, call->headers[i]) : NULL;
        if (longer == NULL) curl_slist_free_all(list);
        list = longer;
    }
    return list;
}

/* ---- the outcome ---- */
/* Words for what went wrong. Whether anything was sent is not told by the code but by the bytes counted: a refused
 * connection (7) may be the second try of a request whose first one went into a dying connection. */
static const char *fault_of(CURLcode code, bool sent) {
    static const struct {
        CURLcode code;
        const char *fault;
    } table[] = {
        {CURLE_UNSUPPORTED_PROTOCOL, "BAD_CALL"},
        {CURLE_URL_MALFORMAT, "BAD_CALL"},
        {CURLE_COULDNT_RESOLVE_HOST, "NO_CONNECTION"},
        {CURLE_COULDNT_CONNECT, "NO_CONNECTION"},
        {CURLE_OPERATION_TIMEDOUT, "TIMEOUT"},
        {CURLE_WRITE_ERROR, "TOO_LARGE"},
        {CURLE_ABORTED_BY_CALLBACK, "STOPPED"},
        {CURLE_SSL_CONNECT_ERROR, "TLS"},
        {CURLE_PEER_FAILED_VERIFICATION, "TLS"},
        {CURLE_SSL_CACERT_BADFILE, "TLS"},
        {CURLE_SSL_CERTPROBLEM, "TLS"},
        {CURLE_SSL_CIPHER, "TLS"},
        {CURLE_SSL_ISSUER_ERROR, "TLS"},
        {CURLE_SSL_INVALIDCERTSTATUS, "TLS"},
    };
    if (sent && code == CURLE_UNSUPPORTED_PROTOCOL) return "BROKEN_ANSWER"; /* it does not begin as HTTP does */
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].code == code) return table[i].fault;
    return "CONNECTION_LOST";
}

static void note_failure(struct http_client *c, struct arena *a, CURLcode code, const struct strbuf *body,
                         struct http_reply *r) {
    long sent = 0;
    curl_easy_getinfo(c->curl, CURLINFO_REQUEST_SIZE, &sent);
    r->transport = sent == 0 ? HTTP_NOT_SENT : strbuf_ok(body) ? HTTP_UNKNOWN : HTTP_TOO_LARGE;
    r->fault = fault_of(code, sent > 0);
    r->detail = arena_strdup(a, c->detail[0] != '\0' ? c->detail : curl_easy_strerror(code));
}

void http_client_send(struct http_client *c, struct arena *a, const struct http_call *call, struct http_reply *reply) {
    int64_t start = time_mono_us();
    *reply = (struct http_reply){.transport = HTTP_NOT_SENT, .fault = "BAD_CALL", .detail = "", .body = ""};
    struct strbuf body;
    strbuf_init(&body, a, c->conf.body_max);
    struct curl_slist *headers = strbuf_ok(&body) ? header_list(call) : NULL;
    if (headers == NULL) return;
    c->detail[0] = '\0';
    c->head_whole = false;
    set_conf(c);
    set_call(c, call, headers, &body);
    CURLcode code = curl_easy_perform(c->curl);
    if (code == CURLE_OK && !c->head_whole) code = CURLE_PARTIAL_FILE;
    if (code == CURLE_OK) {
        long status = 0;
        curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
        *reply = (struct http_reply){.status = (int)status, .body = body.data, .len = body.len};
    } else {
        note_failure(c, a, code, &body, reply);
    }
    curl_slist_free_all(headers);
    reply->took_us = time_mono_us() - start;
}

const char *http_client_header(struct http_client *c, struct arena *a, const char *name) {
    struct curl_header *found = NULL;
    if (curl_easy_header(c->curl, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK) return NULL;
    return arena_strdup(a, found->value);
}
