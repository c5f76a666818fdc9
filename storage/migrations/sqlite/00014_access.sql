-- Who may use the server, what was changed by whom, and what each principal has spent of its rate limit. DECNET has none of these
-- tables, and an import neither reads nor writes them. There is no Down, on purpose: schemas only move forward.

-- +goose Up

-- API tokens. digest is the SHA-256 of the secret in hex; the secret itself is nowhere. networks is a JSON list of the networks that
-- the token may be used from, NULL for any. live_name is the name until the token is revoked and then NULL, so that of
-- the tokens with one name at most one can be used.
CREATE TABLE api_token (
    id           VARCHAR  NOT NULL,
    digest       VARCHAR  NOT NULL,
    name         VARCHAR  NOT NULL,
    live_name    VARCHAR,
    role         VARCHAR  NOT NULL,
    networks     VARCHAR,
    created_at   DATETIME NOT NULL,
    created_by   VARCHAR  NOT NULL,
    expires_at   DATETIME,
    revoked_at   DATETIME,
    last_used_at DATETIME,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_api_token_digest ON api_token (digest);
CREATE UNIQUE INDEX uq_api_token_live_name ON api_token (live_name);

-- Changes, and attempts that were refused. The ids are in the order of time. before_change and after_change are JSON.
CREATE TABLE audit_log (
    id            VARCHAR  NOT NULL,
    at            DATETIME NOT NULL,
    principal     VARCHAR  NOT NULL,
    way           VARCHAR  NOT NULL,
    role          VARCHAR,
    action        VARCHAR  NOT NULL,
    target        VARCHAR,
    outcome       VARCHAR  NOT NULL,
    before_change VARCHAR,
    after_change  VARCHAR,
    PRIMARY KEY (id)
);
CREATE INDEX ix_audit_log_at ON audit_log (at, id);
CREATE INDEX ix_audit_log_principal ON audit_log (principal, id);
CREATE INDEX ix_audit_log_target ON audit_log (target, id);

-- The cost that a principal has spent in the span of time that begins at starts_at.
CREATE TABLE cost_window (
    principal VARCHAR  NOT NULL,
    starts_at DATETIME NOT NULL,
    spent     INTEGER  NOT NULL,
    PRIMARY KEY (principal, starts_at)
);
