-- +goose Up
-- How many events wait for a function is asked before each that is queued.
CREATE INDEX function_events_function ON function_events (function);

-- +goose Down
DROP INDEX function_events_function;
