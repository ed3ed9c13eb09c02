-- Demo data of `make run`; may run again at any time.
SET search_path = booking;
INSERT INTO exhibitions (id, code, name, description, start_date, end_date, venue, accent_color, notices, refund_policy, max_per_order)
VALUES
    (1, 'aaa', '빛의 정원 — 미디어아트 특별전', '빛과 소리로 채운 여덟 개의 방을 걷는 몰입형 전시입니다.',
     current_date - 1, current_date + 365, '서울 성수 아트홀', '#7c3aed',
     '입장 마감은 종료 30분 전입니다.', '[{"days_before":7,"fee_percent":0},{"days_before":1,"fee_percent":10}]', 10),
    (2, 'bbb', '조선의 색, 오방', '오방색으로 다시 보는 조선의 회화와 공예.',
     current_date - 1, current_date + 180, '국립 한빛박물관', '#b91c1c', '', '[]', 10)
ON CONFLICT DO NOTHING;
INSERT INTO pools (id, exhibition_id, total, available) VALUES (1, 1, 100000, 100000), (2, 1, 50000, 50000), (3, 2, 3000, 3000)
ON CONFLICT DO NOTHING;
INSERT INTO products (id, exhibition_id, pool_id, name, type, price) VALUES
    (1, 1, 1, '일반 관람권 (대인)', 'adult', 15000),
    (2, 1, 2, '일반 관람권 (소인)', 'child', 9000),
    (3, 2, 3, '특별 관람권', 'adult', 12000)
ON CONFLICT DO NOTHING;
SELECT setval('exhibitions_id_seq', (SELECT max(id) FROM exhibitions)), setval('pools_id_seq', (SELECT max(id) FROM pools)),
       setval('products_id_seq', (SELECT max(id) FROM products));
