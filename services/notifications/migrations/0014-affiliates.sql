-- Who controls whom is remembered from now on: everything is learned again, and nobody is alerted of it a second time (0003).
DELETE FROM remembered;
UPDATE progress SET remembered = 0, chain = sha256(convert_to(E'moiety-log/v1\n0\n', 'UTF8'));
