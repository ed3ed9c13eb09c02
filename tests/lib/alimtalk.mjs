// The two providers of Alimtalk as the sandbox plays them, asked as a shop would ask.
import { randomBytes } from 'node:crypto';

export const APP_KEY = 'sandbox-app-key';
export const SECRET = 'sandbox-secret-key';
export const SENDER_KEY = '0123456789abcdef0123456789abcdef01234567';

const NHN = `/alimtalk/v2.3/appkeys/${APP_KEY}`;
const SHOP = '127.0.0.1:8080';

export const ownId = () => randomBytes(13).toString('hex');
/** A number that ends so. */
export const phone = (ending = '0000') => `010${String(1000 + (randomBytes(2).readUInt16BE() % 9000))}${ending}`;

/** What fills TICKET_PAID. */
export const VALUES = {
    이름: '홍길동',
    전시명: '빛의 정원',
    장소: '시립미술관',
    관람일시: '2026.11.24(화) 10:00',
    매수: '2매',
    결제금액: '30,000원',
    예매번호: 'ORD20261123001',
    주소: SHOP,
    토큰: 'view_token',
};
export const LINK = `http://${SHOP}/ticket/#o=ORD20261123001&t=view_token`;
export const BUTTON = '입장권 보기';
export const TEXT = `[예매 완료]
홍길동님, 예매가 완료되었습니다.

- 전시: 빛의 정원
- 장소: 시립미술관
- 관람일시: 2026.11.24(화) 10:00
- 매수: 2매
- 결제 금액: 30,000원
- 예매번호: ORD20261123001

아래 버튼으로 입장권(QR)을 열어 입장할 때 보여 주세요.`;

export const fallback = (fields = {}) => ({
    isResend: true,
    resendType: 'LMS',
    resendTitle: '예매 완료',
    resendContent: '입장권이 도착했습니다.',
    resendSendNo: '0212345678',
    ...fields,
});

/** A recipient of …/messages. */
export const recipient = (fields = {}) => ({ recipientNo: phone(), recipientGroupingKey: ownId(), templateParameter: VALUES, ...fields });
/** One of …/raw-messages. */
export const rawRecipient = (fields = {}) => ({
    recipientNo: phone(),
    recipientGroupingKey: ownId(),
    content: TEXT,
    buttons: [{ ordering: 1, type: 'WL', name: BUTTON, linkMo: LINK }],
    ...fields,
});
/** The body of POST /v2/send/kakao. */
export const kakaoMessage = (fields = {}) => ({
    message_type: 'AT',
    sender_key: SENDER_KEY,
    cid: ownId(),
    template_code: 'TICKET_PAID',
    phone_number: phone(),
    sender_no: '0212345678',
    message: TEXT,
    button: [{ name: BUTTON, type: 'WL', url_mobile: LINK }],
    fall_back_yn: false,
    ...fields,
});

/** yyyy-MM-dd HH:mm in Seoul. */
export const minute = (ms) => new Date(ms + 9 * 3600_000).toISOString().slice(0, 16).replace('T', ' ');
const around = (start, end) => ({ [start]: minute(Date.now() - 3600_000), [end]: minute(Date.now() + 60_000) });

export class Nhn {
    constructor(sandbox) {
        this.sandbox = sandbox;
    }

    ask(method, path, { body, headers = {}, ...rest } = {}) {
        const all = { 'Content-Type': 'application/json;charset=UTF-8', 'X-Secret-Key': SECRET, ...headers };
        return this.sandbox.ask(method, path.startsWith('/alimtalk') ? path : NHN + path, { body, headers: all, ...rest });
    }

    send(recipients, fields = {}, { raw = false, key = undefined, ...rest } = {}) {
        const body = { senderKey: SENDER_KEY, templateCode: 'TICKET_PAID', recipientList: [recipients].flat(), ...fields };
        const headers = key === undefined ? {} : { 'X-NC-API-IDEMPOTENCY-KEY': key };
        return this.ask('POST', raw ? '/raw-messages' : '/messages', { body, headers, ...rest });
    }

    /** Its codes: [header, first recipient]. */
    async codes(...args) {
        const { json } = await this.send(...args);
        return [json.header.resultCode, json.message?.sendResults[0].resultCode];
    }

    list(query) {
        return this.ask('GET', `/messages?${new URLSearchParams(query)}`);
    }

    /** By our own id, as after a lost answer. */
    async find(id) {
        const { json } = await this.list({ ...around('startCreateDate', 'endCreateDate'), recipientGroupingKey: id });
        return json.messageSearchResultResponse.messages;
    }

    async feed(query = {}) {
        const { json } = await this.ask(
            'GET',
            `/message-results?${new URLSearchParams({ ...around('startUpdateDate', 'endUpdateDate'), pageSize: 1000, ...query })}`,
        );
        return json.messages;
    }
}

export class Kakaoi {
    constructor(sandbox) {
        this.sandbox = sandbox;
    }

    askToken(authorization = `Basic ${APP_KEY} ${SECRET}`) {
        const headers = { Authorization: authorization, 'Content-Type': 'application/x-www-form-urlencoded' };
        return this.sandbox.ask('POST', '/v2/oauth/token', { body: 'grant_type=client_credentials', headers });
    }

    async login() {
        this.token = (await this.askToken()).json.access_token;
    }

    ask(method, path, { body, token = this.token } = {}) {
        return this.sandbox.ask(method, path, { body, headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` } });
    }

    send(fields = {}) {
        return this.ask('POST', '/v2/send/kakao', { body: kakaoMessage(fields) });
    }

    async results() {
        return (await this.ask('GET', '/v2/info/message/results')).json;
    }

    complete(group) {
        return this.ask('PUT', `/v2/info/message/results/complete/${group}`);
    }

    async find(cid) {
        return (await this.ask('POST', '/v2/info/message/search', { body: { cid } })).json.results[0];
    }
}

/** Rows of /inbox.json. */
export async function inbox(sandbox, query = {}) {
    return (await sandbox.ask('GET', `/inbox.json?${new URLSearchParams(query)}`)).json;
}
