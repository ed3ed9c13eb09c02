// The contract: docs/openapi.yaml, compiled. Judges answers and keeps book of which documented answers were seen.
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { BUILD, ROOT } from './paths.mjs';

export const COVERAGE_DIR = process.env.COVERAGE_DIR ?? join(BUILD, 'coverage');

const doc = parse(readFileSync(join(ROOT, 'docs/openapi.yaml'), 'utf8'));
const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false });
addFormats.default(ajv);
ajv.addSchema(doc, 'openapi.yaml');

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const PROBLEM = 'application/problem+json';

// What the edge may say about any request before (or instead of) routing it.
const EDGE_STATUSES = new Set([400, 404, 405, 408, 413, 414, 415, 429, 431, 501, 503, 505]);

/** The stable codes and their HTTP status: the error table of the contract. */
export const STATUS_OF_CODE = Object.fromEntries(
    Object.entries({
        400: 'MALFORMED_JSON SOLD_OUT RESERVATION_FAILED SALE_NOT_OPEN SALE_ENDED LIMIT_PER_ORDER LIMIT_PER_PHONE ' + 'AMOUNT_MISMATCH BAD_REQUEST',
        401: 'UNAUTHENTICATED',
        403: 'FORBIDDEN TOKEN_REQUIRED QUEUE_PASS_REQUIRED PROOF_REQUIRED',
        404: 'NOT_FOUND',
        405: 'METHOD_NOT_ALLOWED',
        408: 'REQUEST_TIMEOUT',
        409: 'IDEMPOTENCY_MISMATCH INVALID_STATE ORDER_EXPIRED REFUND_CLOSED QUOTE_CHANGED TOTAL_BELOW_SOLD IN_USE',
        413: 'BODY_TOO_LARGE',
        415: 'UNSUPPORTED_MEDIA_TYPE',
        422: 'VALIDATION_FAILED',
        423: 'ACCOUNT_LOCKED',
        429: 'RATE_LIMITED',
        431: 'HEADERS_TOO_LARGE',
        500: 'INTERNAL',
        502: 'PAYMENT_PROVIDER_ERROR',
        503: 'BUSY',
        504: 'OUTCOME_UNKNOWN',
    }).flatMap(([status, codes]) => codes.split(' ').map((code) => [code, Number(status)])),
);

const deref = (node) =>
    node?.$ref
        ? node.$ref
              .slice(2)
              .split('/')
              .reduce((at, key) => at[key.replaceAll('~1', '/')], doc)
        : node;

function compileOperation(path, method, op) {
    const answers = new Map();
    for (const [status, ref] of Object.entries(op.responses)) {
        const answer = deref(ref);
        const content = new Map();
        for (const [type, media] of Object.entries(answer.content ?? {})) {
            content.set(type, validator(media.schema));
        }
        const headers = Object.entries(answer.headers ?? {})
            .filter(([, header]) => deref(header).required)
            .map(([name]) => name.toLowerCase());
        answers.set(Number(status), { content, headers });
    }
    const body = op.requestBody?.content?.['application/json']?.schema;
    const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{[a-z_]+\}/g, '[^/]+')}$`);
    // Literal segments win over parameters, as in the gateway.
    const weight = path.split('/').filter((segment) => segment && !segment.startsWith('{')).length;
    return { path, method, pattern, weight, answers, request: body && validator(body), body: deref(body), query: queryOf(op), id: op.operationId };
}

const queryOf = ({ parameters = [] }) =>
    parameters
        .map(deref)
        .filter((p) => p.in === 'query')
        .map((p) => p.name);

/** Compiles a schema when it is first needed: that takes long, and a test file needs few of them. */
function validator(schema) {
    let compiled;
    return () => (compiled ??= ajv.compile(absolute(schema)));
}

// A schema used outside of its document keeps pointing into it.
function absolute(schema) {
    return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi.yaml#/'));
}

export const operations = Object.entries(doc.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => compileOperation(path, method, item[method])),
);

const problem = validator({ $ref: '#/components/schemas/Problem' });

/** The documented operation of a request, or undefined. */
export function operationOf(method, target) {
    const path = target.split('?')[0];
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
    return operations.filter((op) => op.method === verb && op.pattern.test(path)).sort((a, b) => b.weight - a.weight)[0];
}

/** Names of the parameters that its query may have. */
export const parametersOf = (method, target) => operationOf(method, target)?.query ?? [];

const seen = new Set();
process.on('exit', () => {
    if (seen.size === 0) return;
    mkdirSync(COVERAGE_DIR, { recursive: true });
    const lines = [...seen].map((line) => `${line}\n`).join('');
    appendFileSync(join(COVERAGE_DIR, `${process.pid}.jsonl`), lines);
});

/**
 * Every way in which an answer breaks the contract; empty when it keeps it.
 * `answer` is {status, headers (lower-case names), text}; `sent` the JSON text of the request, if any.
 */
export function faultsOf(method, target, answer, sent) {
    const op = operationOf(method, target);
    const documented = op?.answers.get(answer.status);
    if (documented) seen.add(JSON.stringify({ id: op.id, status: answer.status }));
    const type = (answer.headers['content-type'] ?? '').split(';')[0].trim();
    const faults = [...headFaults(op, documented, answer), ...bodyFaults(op, documented, method, answer, type)];
    if (op?.request && answer.status < 300 && sent) faults.push(...schemaFaults(op.request, 'json', sent, 'accepted request'));
    return faults;
}

function headFaults(op, documented, { status, headers }) {
    const faults = [];
    if (!headers['x-request-id']) faults.push('no X-Request-Id');
    if (op && !documented && !EDGE_STATUSES.has(status)) faults.push(`status ${status} is not documented for ${op.id}`);
    if (documented) faults.push(...documented.headers.filter((h) => !headers[h]).map((h) => `no header ${h}`));
    return faults;
}

function bodyFaults(op, documented, method, answer, type) {
    const { status, text } = answer;
    if (method === 'HEAD' || status === 304 || status === 204) return text === '' ? [] : [`${status} to ${method} has a body`];
    const validate = documented?.content.get(type);
    const faults = type === PROBLEM ? problemFaults(answer, type) : [];
    if (validate) faults.push(...schemaFaults(validate, type, text, 'answer'));
    else if (documented && type) faults.push(`content type ${type} is not documented for ${op.id} ${status}`);
    else if (status >= 400 && type !== PROBLEM) faults.push(`content type ${type || '(none)'} of an error`);
    return faults;
}

function problemFaults({ status, headers, text }, type) {
    const faults = schemaFaults(problem, type, text, 'problem');
    if (faults.length) return faults;
    const body = JSON.parse(text);
    if (body.status !== status) faults.push(`problem says ${body.status}, HTTP says ${status}`);
    if (STATUS_OF_CODE[body.code] !== status) faults.push(`code ${body.code} does not belong to ${status}`);
    if (body.request_id !== headers['x-request-id']) faults.push('request_id differs from X-Request-Id');
    if (status === 405 && !headers.allow) faults.push('405 without Allow');
    if ((status === 429 || status === 503) && !headers['retry-after']) faults.push(`${status} without Retry-After`);
    return faults;
}

function schemaFaults(schema, type, text, what) {
    const validate = schema();
    let value = text;
    if (type.endsWith('json')) {
        try {
            value = JSON.parse(text);
        } catch {
            return [`${what} is not JSON: ${text.slice(0, 200)}`];
        }
    }
    if (validate(value)) return [];
    return validate.errors.map((e) => `${what}${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
}
