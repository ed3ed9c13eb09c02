# Rules: objects -> one library per folder -> programs in build/<variant>/, unit tests in unit/, fuzz targets in fuzz/.
objects = $(patsubst %.c,$B/obj/%.o,$1)
library = $B/obj/lib$1.a

$B/obj/%.o: %.c Makefile $(wildcard mk/*.mk)
	@mkdir -p $(@D)
	@echo '  CC   $@'
	@$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

# The list of members is a prerequisite, so that a removed source leaves its library too.
define library_rule
$(call library,$1): $(call objects,$(filter $1/%,$(LIBRARY_SOURCES))) $1/.
	@mkdir -p $$(@D) && rm -f $$@
	@$(AR) rcs $$@ $$(filter %.o,$$^)
endef
$(foreach f,$(wildcard $(LIBRARY_FOLDERS)),$(eval $(call library_rule,$f)))

link = @echo '  LINK $@'; $(CC) $(LDFLAGS) -o $@ $(filter %.o %.a,$^)
# $1 output, $2 source, $3 folder, $4 more flags and libraries
define link_rule
$1: $(call objects,$2) $(call library,$3) $(call library,common)
	@mkdir -p $$(@D)
	$$(link) $4 $(LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call link_rule,$B/$(word 1,$(subst :, ,$p)),$(word 2,$(subst :, ,$p)),$(word 3,$(subst :, ,$p)))))

UNIT_TESTS := $(TEST_SOURCES:%.c=$B/unit/%)
FUZZERS := $(FUZZ_SOURCES:%.c=$B/fuzz/%)
$(foreach t,$(TEST_SOURCES),$(eval $(call link_rule,$B/unit/$(t:.c=),$t,$(patsubst %/,%,$(dir $t)),-lcmocka)))
$(foreach t,$(FUZZ_SOURCES),$(eval $(call link_rule,$B/fuzz/$(t:.c=),$t,$(patsubst %/,%,$(dir $t)),-fsanitize=fuzzer)))

.PHONY: unit-tests fuzz-runs bench-programs
bench-programs: $(PROGRAM_FILES) $(BENCH_FILES)
unit-tests: $(UNIT_TESTS)
	@scripts/check $(UNIT_TESTS)
fuzz-runs: $(FUZZERS)
	@scripts/fuzz $(FUZZERS)

# For clang-tidy and editors; made anew when a folder gains or loses a file.
compile_commands.json: Makefile $(wildcard mk/*.mk) $(FOLDERS:=/.)
	@printf '%s\n' $(C_SOURCES) | jq -R --arg dir '$(CURDIR)' --arg cc 'gcc $(filter-out -Werror,$(COMMON_FLAGS) $(WARNINGS) $(VARIANT_FLAGS_test))' \
	  'select(. != "") | {directory: $$dir, file: ., command: ($$cc + " -c " + .)}' | jq -s . > $@.new && mv $@.new $@

-include $(patsubst %.c,$B/obj/%.d,$(C_SOURCES))
