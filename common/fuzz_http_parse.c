/* Whatever is accepted must be clean when read by simpler eyes. Input: path NUL query NUL (name NUL value NUL)*. */
#include <stdlib.h>
#include <string.h>

#include "http_parse.h"

#define MAX_FIELDS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 3);
    if (!text) return 0;
    memcpy(text, data, size);
    memset(text + size, 0, 3);
    const char *end = text + size, *path = text, *query = path + strlen(path) + 1;
    if (query < end && http_target_ok(path, query) && (strstr(path, "//") || strstr(path, "/../") || strchr(path, ' ')))
        abort();
    struct http_field fields[MAX_FIELDS];
    size_t n = 0;
    for (const char *s = query < end ? query + strlen(query) + 1 : end; s < end && n < MAX_FIELDS; n++) {
        fields[n].name = s;
        s += strlen(s) + 1;
        fields[n].value = s <= end ? s : "";
        s += strlen(fields[n].value) + 1;
    }
    struct http_framing framing;
    if (http_framing_read(fields, n, true, &framing) && framing.chunked && framing.content_length >= 0) abort();
    free(text);
    return 0;
}
