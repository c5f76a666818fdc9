-- Who may use the server, what was changed by whom, and what each principal has spent of its rate limit. DECNET has none of these
-- tables, and an import neither reads nor writes them. There is no Down, on purpose: schemas only move forward.

-- +goose Up

-- API tokens. digest is the SHA-256 of the secret in hex; the secret itself is nowhere. networks is a JSON list of the networks that
-- the token may be used from, NULL for any. live_name is the name until the token is revoked and then NULL, so that of
-- the tokens with one name at most one can be used.
CREATE TABLE api_token (
    id           text COLLATE "C" NOT NULL,
    digest       text COLLATE "C" NOT NULL,
    name         text COLLATE "C" NOT NULL,
    live_name    text COLLATE "C",
    role         text COLLATE "C" NOT NULL,
    networks     text COLLATE "C",
    created_at   timestamp(6)     NOT NULL,
    created_by   text COLLATE "C" NOT NULL,
    expires_at   timestamp(6),
    revoked_at   timestamp(6),
    last_used_at timestamp(6),
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_api_token_digest ON api_token (digest);
CREATE UNIQUE INDEX uq_api_token_live_name ON api_token (live_name);

-- Changes, and attempts that were refused. The ids are in the order of time. before_change and after_change are JSON.
CREATE TABLE audit_log (
    id            text COLLATE "C" NOT NULL,
    at            timestamp(6)     NOT NULL,
    principal     text COLLATE "C" NOT NULL,
    way           text COLLATE "C" NOT NULL,
    role          text COLLATE "C",
    action        text COLLATE "C" NOT NULL,
    target        text COLLATE "C",
    outcome       text COLLATE "C" NOT NULL,
    before_change text COLLATE "C",
    after_change  text COLLATE "C",
    PRIMARY KEY (id)
);
CREATE INDEX ix_audit_log_at ON audit_log (at, id);
CREATE INDEX ix_audit_log_principal ON audit_log (principal, id);
CREATE INDEX ix_audit_log_target ON audit_log (target, id);

-- The cost that a principal has spent in the span of time that begins at starts_at.
CREATE TABLE cost_window (
    principal text COLLATE "C" NOT NULL,
    starts_at timestamp(6)     NOT NULL,
    spent     bigint           NOT NULL,
    PRIMARY KEY (principal, starts_at)
);
