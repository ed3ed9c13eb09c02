#include "json.h"

static const struct {
    const char *ko, *en;
} texts[] = {
    [BAD_MISSING] = {"필수 항목입니다.", "This field is required."},
    [BAD_TYPE] = {"값의 형식(타입)이 올바르지 않습니다.", "The value has the wrong type."},
    [BAD_RANGE] = {"허용 범위를 벗어난 값입니다.", "The value is out of range."},
    [BAD_LENGTH] = {"길이 또는 개수가 허용 범위를 벗어났습니다.", "The length or number of items is out of range."},
    [BAD_FORMAT] = {"형식이 올바르지 않습니다.", "The value is not in the expected format."},
    [BAD_UNKNOWN] = {"알 수 없는 항목입니다.", "This is not known."},
    [BAD_DUPLICATE] = {"중복된 항목입니다.", "The same entry is given twice."},
    [BAD_UTF8] = {"사용할 수 없는 문자가 포함되어 있습니다.", "The text contains invalid characters."},
    [BAD_DEPTH] = {"중첩 단계가 너무 깊습니다.", "The value is nested too deeply."},
    [BAD_FOREIGN] = {"다른 전시회에 속한 항목입니다.", "This belongs to another exhibition."},
    [BAD_PAST] = {"이미 지난 날짜 또는 시간입니다.", "This date or time is in the past."},
    [BAD_OUTSIDE] = {"전시 기간에 포함되지 않는 날짜입니다.", "This date is outside of the exhibition's period."},
    [BAD_REQUIRED_TOGETHER] = {"함께 입력해야 하는 항목이 빠져 있습니다.",
                               "Fields that belong together must be given together."},
    [BAD_WRONG] = {"일치하지 않습니다.", "This is not right."},
};

static void put_fault(struct json_out *o, const char *field, const char *message) {
    json_obj(o, NULL);
    json_put_text(o, "field", field);
    json_put_text(o, "message", message);
    json_obj_end(o);
}

void json_fault_write(const char *field, const char *message, struct strbuf *out) {
    struct json_out o = {.b = out};
    json_obj(&o, NULL);
    json_arr(&o, "errors");
    put_fault(&o, field, message);
    json_arr_end(&o);
    json_obj_end(&o);
}

void json_faults_write(const struct json_faults *f, enum lang lang, struct strbuf *out) {
    struct json_out o = {.b = out};
    json_obj(&o, NULL);
    json_arr(&o, "errors");
    for (size_t i = 0; i < f->n; i++) {
        enum json_fault fault = f->item[i].fault;
        put_fault(&o, f->item[i].field, lang == LANG_EN ? texts[fault].en : texts[fault].ko);
    }
    json_arr_end(&o);
    json_obj_end(&o);
}
