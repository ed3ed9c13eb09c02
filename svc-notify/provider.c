#include "provider.h"

#include <string.h>

#include "kakaoi.h"
#include "nhn.h"

const struct provider_row provider_table[] = {
    {"nhn", "https://kakaotalk-bizmessage.api.nhncloudservice.com", false, nhn_open},
    {"kakaoi", "https://bizmsg-web.kakaoenterprise.com", true, kakaoi_open},
};
const size_t provider_count = sizeof provider_table / sizeof *provider_table;

const struct provider_row *provider_find(const char *name) {
    for (size_t i = 0; i < provider_count; i++)
        if (strcmp(provider_table[i].name, name) == 0) return &provider_table[i];
    return NULL;
}
