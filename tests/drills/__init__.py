"""Programs that hurt the genuine app for minutes or days and count what it lost: `make drill-…`."""
