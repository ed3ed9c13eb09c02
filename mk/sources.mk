# What is built from what.

# program:main:folder whose objects it is linked with (besides common/)
PROGRAMS := \
	gateway:gateway/main.c:gateway \
	svc-booking:svc-booking/main.c:svc-booking \
	booking-audit:svc-booking/audit_main.c:svc-booking \
	svc-payment:svc-payment/main.c:svc-payment \
	payment-audit:svc-payment/audit_main.c:svc-payment \
	reconcile:svc-payment/reconcile_main.c:svc-payment \
	svc-entrance:svc-entrance/main.c:svc-entrance \
	entrance-keys:svc-entrance/keys_main.c:svc-entrance \
	entrance-audit:svc-entrance/audit_main.c:svc-entrance \
	svc-notify:svc-notify/main.c:svc-notify \
	notify-audit:svc-notify/audit_main.c:svc-notify \
	svc-admin:svc-admin/main.c:svc-admin \
	admin-audit:svc-admin/audit_main.c:svc-admin \
	admin-figures:svc-admin/figures_main.c:svc-admin \
	sandbox:sandbox/main.c:sandbox

# In these folders every .c is a program of its own name, linked with common/ only if there is no row for it.
PROGRAM_FOLDERS := tools bench
ifneq ($(VARIANT),release)
PROGRAM_FOLDERS += tests # helpers of the system tests, with fault points
PROGRAMS += provider_probe:tests/provider_probe.c:svc-notify
endif
# In these, everything but mains, test_*.c and fuzz_*.c is in the folder's library.
LIBRARY_FOLDERS := $(sort common $(foreach p,$(PROGRAMS),$(word 3,$(subst :, ,$p))))

FOLDERS := $(wildcard $(sort tests $(LIBRARY_FOLDERS) $(PROGRAM_FOLDERS)))
C_SOURCES := $(wildcard $(FOLDERS:=/*.c))
C_FILES := $(C_SOURCES) $(wildcard $(FOLDERS:=/*.h))

TEST_SOURCES := $(foreach f,$(LIBRARY_FOLDERS),$(wildcard $f/test_*.c))
FUZZ_SOURCES := $(foreach f,$(LIBRARY_FOLDERS),$(wildcard $f/fuzz_*.c))
MAINS := $(foreach p,$(PROGRAMS),$(word 2,$(subst :, ,$p)))
PROGRAMS += $(foreach c,$(filter-out $(MAINS),$(wildcard $(PROGRAM_FOLDERS:=/*.c))),$(basename $(notdir $c)):$c:common)
MAINS := $(foreach p,$(PROGRAMS),$(word 2,$(subst :, ,$p)))

# Rows whose main does not exist in this tree are left out.
PROGRAMS := $(foreach p,$(PROGRAMS),$(if $(wildcard $(word 2,$(subst :, ,$p))),$p))
PROGRAM_FILES := $(foreach p,$(PROGRAMS),$B/$(word 1,$(subst :, ,$p)))
BENCH_FILES := $(patsubst bench/%.c,$B/%,$(wildcard bench/*.c)) # linked for `make bench` only
PROGRAM_FILES := $(filter-out $(BENCH_FILES),$(PROGRAM_FILES))
LIBRARY_SOURCES := $(filter-out $(MAINS) $(TEST_SOURCES) $(FUZZ_SOURCES),$(C_SOURCES))
