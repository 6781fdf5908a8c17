"""Several scans in one place: choose one."""


class SeriesPicker:
    pass
