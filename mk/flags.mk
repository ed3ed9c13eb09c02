# Compiler flags per variant.
CC := gcc
AR := ar
comma := ,

COMMON_FLAGS := -std=c17 -D_GNU_SOURCE -iquote . -isystem /usr/include/postgresql -fPIE -pthread -g -fstack-protector-strong -fno-omit-frame-pointer
WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror

VARIANT_FLAGS_release := -O2 -D_FORTIFY_SOURCE=2
VARIANT_FLAGS_test := -O2 -D_FORTIFY_SOURCE=2 -DFAULT_POINTS
VARIANT_FLAGS_asan := -O1 -DFAULT_POINTS -fsanitize=address,undefined -fno-sanitize-recover=undefined
VARIANT_FLAGS_tsan := -O1 -DFAULT_POINTS -fsanitize=thread
VARIANT_FLAGS_fuzz := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
ifeq ($(VARIANT),fuzz)
CC := clang-14
endif
ifndef VARIANT_FLAGS_$(VARIANT)
$(error VARIANT=$(VARIANT) is none of release test asan tsan fuzz)
endif

CFLAGS := $(COMMON_FLAGS) $(WARNINGS) $(VARIANT_FLAGS_$(VARIANT))
SANITIZE := $(subst fuzzer-no-link$(comma),,$(filter -fsanitize=%,$(VARIANT_FLAGS_$(VARIANT))))
LDFLAGS := -pie -pthread -Wl,-z,relro,-z,now -Wl,--as-needed $(SANITIZE)
LIBS := -lnng -lpq -lhiredis -lcjson -lcivetweb -ljwt -lcurl -lqrencode -lpng -lcrypt -loath -lxlsxwriter -lcrypto -lm
