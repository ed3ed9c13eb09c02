/* sdk_stub - GET /v2/standard: as much of Toss's browser SDK as opens the payment window with redirects. */
#include <string.h>
#include "common/strbuf.h"
#include "routes.h"

static const char script[] =
    "(function () {\n"
    "  'use strict';\n"
    "  var base = new URL(document.currentScript.src).origin;\n"
    "  function fail(code, message) { throw Object.assign(new Error(message), { code: code }); }\n"
    "  function TossPayments(clientKey) {\n"
    "    if (typeof clientKey !== 'string' || clientKey === '') fail('INVALID_CLIENT_KEY', '클라이언트 키가 "
    "필요합니다.');\n"
    "    return {\n"
    "      payment: function (options) {\n"
    "        if (!options || !options.customerKey) fail('INVALID_CUSTOMER_KEY', 'customerKey가 필요합니다.');\n"
    "        return {\n"
    "          requestPayment: async function (request) {\n"
    "            var body = Object.assign({}, request, { clientKey: clientKey, customerKey: options.customerKey });\n"
    "            var answer = await fetch(base + '/sandbox/toss/window', {\n"
    "              method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: JSON.stringify(body)\n"
    "            });\n"
    "            var payment = await answer.json();\n"
    "            if (!answer.ok) fail(payment.code, payment.message);\n"
    "            window.location.assign(payment.checkout.url);\n"
    "            return new Promise(function () {});\n" /* the page is being left */
    "          }\n"
    "        };\n"
    "      }\n"
    "    };\n"
    "  }\n"
    "  TossPayments.ANONYMOUS = 'ANONYMOUS';\n"
    "  window.TossPayments = TossPayments;\n"
    "})();\n";

void sdk_script(struct exchange *x) {
    x->status = 200;
    x->type = "text/javascript; charset=utf-8";
    x->headers = "Cache-Control: no-store\r\nAccess-Control-Allow-Origin: *\r\n";
    x->text = script;
    x->len = strlen(script);
}
