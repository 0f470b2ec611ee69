"""Who receives: projects, rounds, applications, awards. It never imports `donors`."""
