module bench

go 1.21

require github.com/centrifugal/gocent/v3 v3.2.0
