"""The hub on Apache Airflow: its operators, where its DAG files come from, and an Airflow of our own for a trial.

`dags/` puts the operators of `stages` together; everything they do is `hub.pipeline`.  Airflow's own names are imported
by the modules that need them, never here: importing Airflow takes seconds.
"""
