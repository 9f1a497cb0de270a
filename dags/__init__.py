"""Airflow DAGs, thin over `hub.airflow.stages`; the files Airflow parses are written by `hub.airflow.bundle`."""
